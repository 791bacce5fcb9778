{{ config(materialized='view') }}

select
    visitor_id,
    member_id,
    identified_at,
    cast(identified_at as date) as identified_on
from {{ ref('base_identities') }}
where reject_reason is null
