{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='snapshot_date',
    on_schema_change='fail',
) }}

with scores as (
    select * from {{ ref('int_score_bounds') }}
),

snapshots as (
    select * from {{ ref('int_due_snapshots') }}
    where is_published
)

select
    snapshots.snapshot_date,
    scores.score_partition,
    scores.measure,
    scores.within_scores,
    scores.score,
    scores.lower_value,
    scores.upper_value,
    scores.members,
    scores.method
from scores
inner join snapshots on scores.snapshot_number = snapshots.snapshot_number
