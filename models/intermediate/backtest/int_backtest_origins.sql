{%- set horizon = var('backtest_horizon_days') %}
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

snapshots as (
    select * from {{ ref('int_snapshot_dates') }}
    where is_published
),

steps as (
    select
        as_of_date,
        {{ member_loyalty.unnest_integers(1, var('backtest_origins')) }} as step
    from as_of_date
),

newest as (
    select
        steps.step,
        max(snapshots.snapshot_date) as origin_date
    from steps
    inner join snapshots
        on steps.as_of_date - cast(steps.step * {{ horizon }} as integer) >= snapshots.snapshot_date
    group by steps.step
)

select
    origin_date,
    origin_date + {{ horizon }} as horizon_end_on,
    {{ horizon }} as horizon_days
from newest
group by origin_date
