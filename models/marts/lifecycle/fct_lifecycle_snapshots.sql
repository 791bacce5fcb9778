{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='snapshot_date',
    on_schema_change='fail',
) }}

select
    snapshot_date,
    member_id,
    lifecycle_stage,
    stage_entered_on,
    days_in_stage,
    previous_stage,
    dormant_since,
    is_reactivation
from {{ ref('int_lifecycle_snapshots') }}
where is_published
