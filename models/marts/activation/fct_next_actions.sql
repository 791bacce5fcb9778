with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

actions as (
    select * from {{ ref('int_next_actions') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
),

contacts as (
    select * from {{ ref('int_last_contacts') }}
),

next_steps as (
    select * from {{ ref('fct_next_steps') }}
)

select
    actions.member_id,
    as_of_date.as_of_date as snapshot_date,
    playbook.segment_family,
    playbook.segment,
    playbook.priority,
    playbook.strategy_en,
    playbook.strategy_zh,
    playbook.offer_en,
    playbook.offer_zh,
    playbook.channel,
    playbook.cooldown_days,
    contacts.last_contacted_on,
    case
        when contacts.last_contacted_on + playbook.cooldown_days > as_of_date.as_of_date
            then contacts.last_contacted_on + playbook.cooldown_days
        else as_of_date.as_of_date
    end as contact_from,
    playbook.aim_measure,
    next_steps.score,
    next_steps.next_score,
    next_steps.value,
    next_steps.value_needed,
    next_steps.gap
from actions
cross join as_of_date
inner join playbook
    on actions.next_best_action
    = {{ member_loyalty.play_name('playbook.segment_family', 'playbook.segment') }}
left join contacts on actions.member_id = contacts.member_id
left join next_steps
    on actions.member_id = next_steps.member_id
    and playbook.aim_measure = next_steps.measure
