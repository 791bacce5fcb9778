{{ config(materialized='view') }}

with snapshots as (
    select * from {{ ref('int_snapshot_dates') }}
),

panel as (
    {{ member_loyalty.at_due_snapshots(
        ref('int_lifecycle_spells'), ref('int_due_snapshots')
    ) | indent(4) }}
)

select
    snapshots.snapshot_number,
    snapshots.snapshot_date,
    snapshots.is_published,
    panel.member_id,
    panel.lifecycle_stage,
    entered.snapshot_date as stage_entered_on,
    cast({{ member_loyalty.days_between(
        'entered.snapshot_date', 'snapshots.snapshot_date'
    ) }} as integer) as days_in_stage,
    panel.previous_stage,
    panel.dormant_since,
    panel.snapshot_number = panel.first_number
    and {{ member_loyalty.is_reactivation(
        'panel.previous_stage', 'panel.lifecycle_stage'
    ) | indent(4) }} as is_reactivation
from panel
inner join snapshots on panel.snapshot_number = snapshots.snapshot_number
inner join snapshots as entered on panel.first_number = entered.snapshot_number
