{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='snapshot_date',
    on_schema_change='fail',
) }}

with rules as (
    select * from {{ ref('int_score_rules') }}
),

snapshots as (
    select * from {{ ref('int_due_snapshots') }}
    where is_published
)

select
    snapshots.snapshot_date,
    rules.score_partition,
    rules.measure,
    rules.upper_half_from,
    rules.loyalty_weight
from rules
inner join snapshots on rules.snapshot_number = snapshots.snapshot_number
