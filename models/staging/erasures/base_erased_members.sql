{{ config(materialized='view') }}

with erasures as (
    {{ member_loyalty.raw_rows('erasures') }}
)

select raw_member_id as member_id
from erasures
where raw_member_id is not null
group by raw_member_id
