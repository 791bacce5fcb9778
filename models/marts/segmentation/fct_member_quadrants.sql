{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='snapshot_date',
    on_schema_change='fail',
) }}

select
    snapshot_date,
    member_id,
    contribution_amount,
    contribution_half,
    loyalty_score,
    loyalty_half,
    quadrant
from {{ ref('int_loyalty_scores') }}
where is_published
