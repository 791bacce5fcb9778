with referrals as (
    select * from {{ ref('int_referral_statuses') }}
),

totals as (
    select * from {{ ref('int_member_totals') }}
)

select
    referrals.*,
    -- Credited on the day the referee joined.
    case when referrals.credited_on is not null then totals.first_order_since_joining_on end
        as activated_on
from referrals
left join totals on referrals.referred_member_id = totals.member_id
