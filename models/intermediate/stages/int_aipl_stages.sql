{{ config(materialized='view') }}

with cycles as (
    select * from {{ ref('int_repurchase_cycles') }}
),

panel as (
    {{ member_loyalty.at_due_snapshots(
        ref('int_person_balances'), ref('int_repurchase_cycles')
    ) | indent(4) }}
)

select
    cycles.snapshot_number,
    cycles.snapshot_date,
    panel.person_id,
    panel.member_id,
    {{ member_loyalty.aipl_stage() | indent(4) }} as aipl_stage,
    cycles.cycle_days,
    panel.last_purchase_on,
    panel.last_gap_days,
    panel.longest_gap_days,
    panel.last_interest_on
from panel
inner join cycles on panel.snapshot_number = cycles.snapshot_number
