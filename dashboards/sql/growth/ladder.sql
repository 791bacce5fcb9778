-- The newest complete month (the running one while none is), step by step, beside the month before.
with months as (
    select *
    from agg_aarrr
    where period_grain = 'month' and channel = 'all'
    order by is_complete desc, period_start desc
    limit 1
),

steps as (
    unpivot (
        select
            period_start,
            unique_visitors,
            registrations,
            new_members,
            activated_members,
            active_members,
            buyers,
            invites,
            accepted_invites
        from months
    )
    on unique_visitors, registrations, new_members, activated_members, active_members, buyers,
        invites, accepted_invites
    into name step value people
)

select
    steps.step,
    steps.people,
    steps.period_start,
    case steps.step
        when 'registrations' then months.registration_rate
        when 'activated_members' then months.activation_rate
        when 'active_members' then months.retention_rate
        when 'buyers' then months.repurchase_rate
        when 'accepted_invites' then months.invite_acceptance_rate
    end as rate,
    case steps.step
        when 'registrations' then 'registration_rate'
        when 'activated_members'
            then case when months.activation_rate is null then 'not_yet' else 'activation_rate' end
        when 'active_members' then 'retention_rate'
        when 'buyers' then 'repurchase_rate'
        when 'accepted_invites' then 'invite_acceptance_rate'
        else 'none'
    end as rate_name
from steps
cross join months
