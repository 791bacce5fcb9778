{{ config(materialized='view') }}

select
    member_id,
    registered_at,
    joined_at,
    closed_at,
    acquisition_channel,
    updated_at
from {{ ref('base_members') }}
where reject_reason is null
