with members as (
    select
        member_id,
        {{ member_loyalty.channel_of('acquisition_channel') }} as channel
    from {{ ref('dim_members') }}
)

select
    referrals.referral_id,
    referrals.referrer_member_id,
    referrals.invited_on,
    coalesce(members.channel, 'unknown') as channel,
    -- One invitation for the same two people; each open one for itself.
    min(referrals.referral_id) over (
        partition by
            referrals.referrer_member_id,
            referrals.referred_member_id,
            case when referrals.referred_member_id is null then referrals.referral_id end
    ) as invitation_id
from {{ ref('fct_referrals') }} as referrals
inner join {{ ref('int_as_of_date') }} as as_of_date
    on referrals.invited_on <= as_of_date.as_of_date
left join members on referrals.referrer_member_id = members.member_id
