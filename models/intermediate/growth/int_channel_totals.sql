{#- What counts for a day and needs nobody's history: events, spend, members who register and join,
    invitations. period_grain is null where days add up to any period. -#}
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

members as (
    select
        member_id,
        registered_on,
        joined_on,
        {{ member_loyalty.channel_of('acquisition_channel') }} as channel
    from {{ ref('int_members') }}
),

spend as (
    select
        spent_on,
        {{ member_loyalty.channel_of('channel') }} as channel,
        impressions,
        clicks,
        spend_amount
    from {{ ref('stg_marketing_spend') }}
),

-- An order 0 to activation_days after joining, the first since then, activates a member.
activations as (
    select
        joined_on,
        channel
    from {{ ref('int_member_days') }}
    where {{ member_loyalty.is_within_days(
        'joined_on', 'purchase_on', var('activation_days')
    ) }}
        and coalesce(previous_purchase_on < joined_on, true)
),

invitations as (
    select
        referrals.invited_on,
        coalesce(members.channel, 'unknown') as channel,
        case when referrals.status = 'accepted' then 1 else 0 end as accepted,
        case when referrals.activated_on is not null then 1 else 0 end as activated,
        -- One invitation a period for the same two people; each open one for itself.
        lag(referrals.invited_on) over (
            partition by
                referrals.referrer_member_id,
                referrals.referred_member_id,
                case when referrals.referred_member_id is null then referrals.referral_id end
            order by referrals.invited_on
        ) as previous_invited_on
    from {{ ref('int_referrals') }} as referrals
    left join members on referrals.referrer_member_id = members.member_id
)

{%- set measures = [
    ('page_views', ref('int_event_days'), 'occurred_on', 'sum(page_views)', none),
    ('logins', ref('int_event_days'), 'occurred_on', 'sum(logins)', none),
    ('impressions', 'spend', 'spent_on', 'sum(impressions)', none),
    ('clicks', 'spend', 'spent_on', 'sum(clicks)', none),
    ('spend', 'spend', 'spent_on', 'sum(spend_amount)', none),
    ('registrations', 'members', 'registered_on', 'count(*)', none),
    ('new_members', 'members', 'joined_on', 'count(*)', none),
    ('activated_members', 'activations', 'joined_on', 'count(*)', none),
    ('accepted_invites', 'invitations', 'invited_on', 'sum(accepted)', none),
    ('activated_invites', 'invitations', 'invited_on', 'sum(activated)', none),
] %}
{%- for grain in member_loyalty.period_grains() %}
    {%- do measures.append(('invites', 'invitations', 'invited_on', 'sum(case when '
        ~ member_loyalty.is_first_in_period(
            member_loyalty.period_start(grain, 'invited_on'), 'previous_invited_on'
        )
        ~ ' then 1 else 0 end)', grain)) %}
{%- endfor %}
{%- for measure, relation, counted_on, amount, grain in measures %}
{{ 'union all' if not loop.first }}
select
    {{ member_loyalty.as_text("'" ~ grain ~ "'" if grain else 'null') }} as period_grain,
    totals.{{ counted_on }} as counted_on,
    totals.channel,
    '{{ measure }}' as measure,
    cast({{ amount }} as decimal(18, 2)) as amount
from {{ relation }} as totals
inner join as_of_date on totals.{{ counted_on }} <= as_of_date.as_of_date
group by totals.{{ counted_on }}, totals.channel
{%- endfor %}
