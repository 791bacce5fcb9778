{#- What to do next with a member: the play that int_member_segments found the most urgent. -#}
with segments as (
    select segments.*
    from {{ ref('int_member_segments') }} as segments
    inner join {{ ref('int_snapshot_dates') }} as snapshots
        on segments.snapshot_number = snapshots.snapshot_number
    where snapshots.is_last
)

select
    segments.member_id,
    segments.next_best_action,
    playbook.strategy_en as next_action,
    playbook.strategy_zh as next_action_zh
from segments
inner join {{ ref('segment_playbook') }} as playbook
    on segments.next_best_action
    = {{ member_loyalty.play_name('playbook.segment_family', 'playbook.segment') }}
