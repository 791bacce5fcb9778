{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='snapshot_date',
    on_schema_change='sync_all_columns',
) }}

with lifecycle as (
    select * from {{ ref('int_lifecycle_snapshots') }}
    where is_published
),

scores as (
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
    scores.rfm_value_class,
    scores.rfm_segment,
    scores.quadrant,
    lifecycle.lifecycle_stage as lifecycle,
    aipl.aipl_stage as aipl,
    coalesce(scores.monetary_amount, 0) as monetary_amount
from lifecycle
inner join aipl
    on lifecycle.snapshot_number = aipl.snapshot_number
    and lifecycle.member_id = aipl.member_id
left join scores
    on lifecycle.snapshot_number = scores.snapshot_number
    and lifecycle.member_id = scores.member_id
