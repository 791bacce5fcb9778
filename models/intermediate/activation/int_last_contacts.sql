{{ config(materialized='view') }}

with sends as (
    select * from {{ ref('stg_campaign_sends') }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
)

select
    sends.member_id,
    max(sends.sent_on) as last_contacted_on
from sends
inner join as_of_date on sends.sent_on <= as_of_date.as_of_date
where {{ member_loyalty.send_variant('sends.variant') }} <> 'control'
group by sends.member_id
