-- The newest complete month (the running one while none is), step by step. Activation is told of
-- the newest month whose members have all had their first days.
with months as (
    select *
    from agg_aarrr
    where period_grain = 'month' and channel = 'all'
),

newest as (
    select *
    from months
    order by is_complete desc, period_start desc
    limit 1
),

judged as (
    select *
    from months
    where activation_rate is not null
    order by period_start desc
    limit 1
),

steps as (
    select 1 as place, 'unique_visitors' as step, unique_visitors as people, 'none' as wording,
        period_start, null as part, null as whole, null as rate
    from newest
    union all
    select 2, 'registrations', registrations, 'registrations', period_start, registered_visitors,
        unique_visitors, registration_rate
    from newest
    union all
    select 3, 'new_members', new_members, 'none', period_start, null, null, null
    from newest
    union all
    select 4, 'activated_members', coalesce(judged.activated_members, newest.activated_members),
        case
            when judged.period_start is null then 'not_yet'
            when judged.period_start = newest.period_start then 'activated_members'
            else 'activated_before'
        end,
        judged.period_start, judged.activated_members, judged.new_members, judged.activation_rate
    from newest
    left join judged on true
    union all
    select 5, 'active_members', active_members, 'active_members', period_start, retained_members,
        previous_active_members, retention_rate
    from newest
    union all
    select 6, 'buyers', buyers, 'buyers', period_start, window_repeat_buyers, window_buyers,
        repurchase_rate
    from newest
    union all
    select 7, 'invites', invites, 'none', period_start, null, null, null
    from newest
    union all
    select 8, 'accepted_invites', accepted_invites, 'accepted_invites', period_start,
        accepted_invites, invites, invite_acceptance_rate
    from newest
)

select
    step,
    people,
    part,
    whole,
    rate,
    wording,
    period_start,
    (select period_start from newest) as month
from steps
order by place
