{{ config(materialized='view') }}

with lifecycle as (
    select * from {{ ref('int_lifecycle_snapshots') }}
    where is_published
),

rfm_scores as (
    select * from {{ ref('int_rfm_scores') }}
    where score_partition = {{ member_loyalty.all_partitions() }}
),

loyalty_scores as (
    select * from {{ ref('int_loyalty_scores') }}
),

aipl as (
    select * from {{ ref('int_aipl_stages') }}
    where member_id is not null
)

select
    lifecycle.snapshot_number,
    lifecycle.snapshot_date,
    lifecycle.member_id,
    rfm_scores.rfm_value_class,
    rfm_scores.rfm_segment,
    loyalty_scores.quadrant,
    lifecycle.lifecycle_stage as lifecycle,
    aipl.aipl_stage as aipl,
    coalesce(rfm_scores.monetary_amount, 0) as monetary_amount
from lifecycle
inner join aipl
    on lifecycle.snapshot_number = aipl.snapshot_number
    and lifecycle.member_id = aipl.member_id
left join rfm_scores
    on lifecycle.snapshot_number = rfm_scores.snapshot_number
    and lifecycle.member_id = rfm_scores.member_id
left join loyalty_scores
    on lifecycle.snapshot_number = loyalty_scores.snapshot_number
    and lifecycle.member_id = loyalty_scores.member_id
