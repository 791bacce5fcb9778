{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='snapshot_date',
    on_schema_change='fail',
) }}

select
    snapshot_date,
    score_partition,
    member_id,
    recency_days,
    frequency,
    monetary_amount,
    average_order_value,
    full_price_frequency,
    r_score,
    f_score,
    m_score,
    rfm_cell,
    rfm_value_class,
    rfm_segment
from {{ ref('int_rfm_scores') }}
where is_published
