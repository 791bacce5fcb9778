{{ config(materialized='view') }}

with sends as (
    select * from {{ ref('stg_campaign_sends') }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
)

select
    sends.campaign_id,
    sends.member_id,
    sends.sent_at,
    sends.sent_on,
    {{ member_loyalty.send_variant('sends.variant') }} as variant,
    row_number() over (
        partition by sends.campaign_id, sends.member_id
        order by sends.sent_at
    ) as send_number
from sends
inner join as_of_date on sends.sent_on <= as_of_date.as_of_date
