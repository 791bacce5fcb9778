{{ config(materialized='view') }}

with consents as (
    select * from {{ ref('stg_consents') }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

numbered as (
    select
        consents.member_id,
        coalesce(consents.withdrawn_on > as_of_date.as_of_date, true) as has_consent,
        row_number() over (
            partition by consents.member_id
            order by consents.consented_at desc
        ) as newest_number
    from consents
    inner join as_of_date on consents.consented_on <= as_of_date.as_of_date
)

select
    member_id,
    has_consent
from numbered
where newest_number = 1
