{{ config(materialized='view') }}

with balances as (
    select * from {{ ref('int_person_balances') }}
),

cycles as (
    select * from {{ ref('int_repurchase_cycles') }}
),

panel as (
    select
        balances.*,
        {{ member_loyalty.unnest_integers('first_number', 'last_number') }} as snapshot_number
    from balances
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
