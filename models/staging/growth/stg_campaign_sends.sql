{{ config(materialized='view') }}

select
    campaign_id,
    member_id,
    sent_at,
    cast(sent_at as date) as sent_on,
    variant
from {{ ref('base_campaign_sends') }}
where reject_reason is null
