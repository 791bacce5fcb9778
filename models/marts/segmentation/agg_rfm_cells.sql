{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='snapshot_date',
    on_schema_change='fail',
) }}

with cells as (
    select * from {{ ref('int_rfm_cell_totals') }}
),

snapshots as (
    select * from {{ ref('int_due_snapshots') }}
    where is_published
)

select
    snapshots.snapshot_date,
    cells.score_partition,
    cells.r_score,
    cells.f_score,
    cells.m_score,
    cells.members,
    cast(cells.orders as bigint) as orders,
    cast(cells.net_revenue as decimal(18, 2)) as net_revenue
from cells
inner join snapshots on cells.snapshot_number = snapshots.snapshot_number
