-- Each referee has at most one accepted edge, from somebody else who joined on an earlier day, and
-- is credited on the day of joining (spec §2): so nobody refers their own referrer, however far
-- back. One row per edge that breaks it, said in `problem`.
with accepted as (
    select * from {{ ref('fct_referrals') }}
    where status = 'accepted'
),

members as (
    select * from {{ ref('dim_members') }}
),

credited_twice as (
    select referred_member_id
    from accepted
    group by referred_member_id
    having count(*) > 1
),

faults as (
    select
        accepted.referral_id,
        'the referee has several accepted edges' as problem
    from accepted
    inner join credited_twice on accepted.referred_member_id = credited_twice.referred_member_id
    union all
    select
        accepted.referral_id,
        'the referrer did not join before the referee, or the credit is of another day' as problem
    from accepted
    left join members as referrer on accepted.referrer_member_id = referrer.member_id
    left join members as referee on accepted.referred_member_id = referee.member_id
    where (
        referrer.joined_on < referee.joined_on
        and accepted.credited_on = referee.joined_on
        and referee.referrer_member_id = accepted.referrer_member_id
    ) is not true
    union all
    select
        referral_id,
        'credited or activated without being accepted, or activated before' as problem
    from {{ ref('fct_referrals') }}
    where ((status = 'accepted') = (credited_on is not null)) is not true
        or (activated_on is null or activated_on >= credited_on) is not true
)

select * from faults
