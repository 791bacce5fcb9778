{{ config(materialized='view') }}

select
    event_id,
    occurred_at,
    cast(occurred_at as date) as occurred_on,
    event_type,
    visitor_id,
    member_id,
    channel,
    row_hash
from {{ ref('base_events') }}
where reject_reason is null
