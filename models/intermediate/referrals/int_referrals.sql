with referrals as (
    select * from {{ ref('int_referral_statuses') }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

first_orders as (
    select
        referrals.referral_id,
        min(orders.ordered_on) as activated_on
    from referrals
    inner join {{ ref('int_orders') }} as orders
        on referrals.referred_member_id = orders.member_id
        and referrals.credited_on <= orders.ordered_on
    cross join as_of_date
    where {{ member_loyalty.can_be_valid() }}
        and orders.ordered_on <= as_of_date.as_of_date
        and coalesce(orders.void_on > as_of_date.as_of_date, true)
    group by referrals.referral_id
)

select
    referrals.*,
    first_orders.activated_on
from referrals
left join first_orders on referrals.referral_id = first_orders.referral_id
