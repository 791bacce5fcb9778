{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='fail',
) }}

{#- The builds that came this far; the only rows that a full refresh does not make anew. -#}
with plan as (
    select * from {{ ref('int_restatement_plan') }}
),

due as (
    select
        min(snapshot_date) as restated_from,
        count(*) as snapshots_restated
    from {{ ref('int_due_snapshots') }}
    where is_published
),

due_rows as (
    {%- for mart in [
        'fct_rfm_scores', 'fct_loyalty_scores', 'fct_member_quadrants', 'fct_lifecycle_snapshots',
        'fct_aipl_stages'
    ] %}
    {{ 'union all' if not loop.first }}
    select count(*) as rows_restated
    from {{ ref(mart) }} as mart
    inner join due on mart.snapshot_date >= due.restated_from
    {%- endfor %}
),

restated as (
    select sum(rows_restated) as rows_restated from due_rows
)

select
    plan.build_id,
    plan.started_at,
    plan.input,
    plan.earliest_on,
    due.restated_from,
    cast(due.snapshots_restated as integer) as snapshots_restated,
    cast(restated.rows_restated as bigint) as rows_restated,
    cast({{ member_loyalty.seconds_since_start() }} as decimal(18, 1)) as seconds
from plan
cross join due
cross join restated
{%- if is_incremental() %}
where plan.build_id not in (select build_id from {{ this }})
{%- endif %}
