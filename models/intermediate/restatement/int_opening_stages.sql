{#- The lifecycle stage of each member at the snapshot before the first due one, as stored. -#}
{%- set stages = member_loyalty.stored('fct_lifecycle_snapshots') %}
with snapshots as (
    select * from {{ ref('int_snapshot_dates') }}
),

due as (
    select min(snapshot_number) as first_number from {{ ref('int_due_snapshots') }}
),

stages as (
    {%- if stages %}
    select * from {{ stages }}
    {%- else %}
    select
        snapshot_date,
        snapshot_date as stage_entered_on,
        snapshot_date as dormant_since,
        {{ member_loyalty.as_text('null') }} as member_id,
        {{ member_loyalty.as_text('null') }} as lifecycle_stage,
        {{ member_loyalty.as_text('null') }} as previous_stage
    from snapshots
    where false
    {%- endif %}
)

select
    stages.member_id,
    opening.snapshot_number,
    stages.lifecycle_stage,
    stages.previous_stage,
    entered.snapshot_number as first_number,
    stages.dormant_since,
    dormant.snapshot_number as dormant_number
from stages
inner join snapshots as opening on stages.snapshot_date = opening.snapshot_date
inner join due on opening.snapshot_number = due.first_number - 1
inner join snapshots as entered on stages.stage_entered_on = entered.snapshot_date
left join snapshots as dormant on stages.dormant_since = dormant.snapshot_date
