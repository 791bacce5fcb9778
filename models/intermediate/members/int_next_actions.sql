{#- What to do next with a member: of the strategies for the member's segments, the most urgent. -#}
with segments as (
    select segments.*
    from {{ ref('int_member_segments') }} as segments
    inner join {{ ref('int_snapshot_dates') }} as snapshots
        on segments.snapshot_number = snapshots.snapshot_number
    where snapshots.is_last
),

memberships as (
    {%- for family in member_loyalty.segment_families() %}
    {{ 'union all' if not loop.first }}
    select
        member_id,
        '{{ family }}' as segment_family,
        {{ family }} as segment
    from segments
    {%- endfor %}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
),

most_urgent as (
    select
        memberships.member_id,
        min(playbook.priority) as priority
    from memberships
    inner join playbook
        on memberships.segment_family = playbook.segment_family
        and memberships.segment = playbook.segment
    group by memberships.member_id
)

select
    most_urgent.member_id,
    playbook.strategy_en as next_action,
    playbook.strategy_zh as next_action_zh
from most_urgent
inner join playbook on most_urgent.priority = playbook.priority
