with referrals as (
    select * from {{ ref('stg_referrals') }}
),

members as (
    select * from {{ ref('int_members') }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

edges as (
    select
        referrals.*,
        referrer.member_id is not null as is_referrer_known,
        referrer.joined_on as referrer_joined_on,
        referrer.closed_on as referrer_closed_on,
        case when referee.joined_on <= as_of_date.as_of_date then referee.joined_at end
            as referee_joined_at,
        case when referee.joined_on <= as_of_date.as_of_date then referee.joined_on end
            as referee_joined_on
    from referrals
    cross join as_of_date
    left join members as referrer on referrals.referrer_member_id = referrer.member_id
    left join members as referee on referrals.referred_member_id = referee.member_id
),

judged as (
    select
        edges.*,
        {{ member_loyalty.referral_refusal() }} as refusal
    from edges
),

ranked as (
    select
        judged.*,
        row_number() over (
            partition by referred_member_id, refusal is null
            order by invited_at, referral_id
        ) as touch_number
    from judged
)

select
    referral_id,
    referrer_member_id,
    referred_member_id,
    invited_on,
    case
        when refusal is not null then refusal
        when touch_number > 1 then 'not_first_touch'
        else 'accepted'
    end as status,
    case when refusal is null and touch_number = 1 then referee_joined_on end as credited_on
from ranked
