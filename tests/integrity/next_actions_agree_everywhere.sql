-- A member's next action is one thing: the play in fct_next_actions, the strategy in dim_members
-- and the open tag next_best_action name the same. One row per member that breaks it.
with tags as (
    select * from {{ ref('fct_member_tags') }}
    where tag_family = 'next_best_action' and valid_to is null
)

select
    members.member_id,
    members.next_action,
    actions.strategy_en,
    tags.tag
from {{ ref('dim_members') }} as members
left join {{ ref('fct_next_actions') }} as actions on members.member_id = actions.member_id
left join tags on members.member_id = tags.member_id
where (
    members.next_action is not distinct from actions.strategy_en
    and members.next_action_zh is not distinct from actions.strategy_zh
    and (members.snapshot_date is null) = (tags.tag is null)
    and case
        when actions.member_id is null then coalesce(tags.tag, '(none)') = '(none)'
        else tags.tag
            = {{ member_loyalty.play_name('actions.segment_family', 'actions.segment') }}
    end
) is not true
