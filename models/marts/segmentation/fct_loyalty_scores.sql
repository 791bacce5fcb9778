{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='snapshot_date',
    on_schema_change='fail',
) }}

select
    snapshot_date,
    member_id,
    frequency_score,
    referral_score,
    average_order_value_score,
    full_price_score,
    referral_count,
    loyalty_score,
    loyalty_tile
from {{ ref('int_loyalty_scores') }}
where is_published
