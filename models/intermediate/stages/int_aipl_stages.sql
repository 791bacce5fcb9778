{{ config(materialized='view') }}

with balances as (
    select * from {{ ref('int_person_balances') }}
),

cycles as (
    select * from {{ ref('int_repurchase_cycles') }}
),

due as (
    select
        min(snapshot_number) as first_number,
        max(snapshot_number) as last_number
    from cycles
),

panel as (
    select
        balances.*,
        {{ member_loyalty.unnest_integers(
            'greatest(balances.first_number, due.first_number)',
            'least(coalesce(balances.last_number, due.last_number), due.last_number)'
        ) }} as snapshot_number
    from balances
    inner join due
        on balances.first_number <= due.last_number
        and due.first_number <= coalesce(balances.last_number, due.last_number)
)

select
    cycles.snapshot_number,
    cycles.snapshot_date,
    panel.person_id,
    panel.member_id,
    {{ member_loyalty.aipl_stage() | indent(4) }} as aipl_stage,
    cycles.cycle_days
from panel
inner join cycles on panel.snapshot_number = cycles.snapshot_number
