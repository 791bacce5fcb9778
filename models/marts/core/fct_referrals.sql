select
    referral_id,
    referrer_member_id,
    referred_member_id,
    invited_on,
    status,
    credited_on,
    activated_on
from {{ ref('int_referrals') }}
