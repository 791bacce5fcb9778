{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='snapshot_date',
    on_schema_change='fail',
) }}

with stages as (
    select * from {{ ref('int_aipl_stages') }}
),

snapshots as (
    select * from {{ ref('int_due_snapshots') }}
    where is_published
)

select
    stages.snapshot_date,
    stages.person_id,
    stages.member_id,
    stages.aipl_stage,
    stages.cycle_days,
    stages.last_purchase_on,
    stages.last_gap_days,
    stages.longest_gap_days,
    stages.last_interest_on
from stages
inner join snapshots on stages.snapshot_number = snapshots.snapshot_number
