-- One member at as_of_date.
select
    members.member_id,
    members.joined_on,
    members.acquisition_channel,
    members.referrer_member_id,
    members.valid_orders,
    members.net_revenue,
    members.last_order_on,
    members.recency_days,
    members.frequency,
    members.monetary_amount,
    members.rfm_cell,
    members.loyalty_score,
    case
        when members.is_closed then 'closed'
        when members.is_enrolled then 'enrolled'
        else 'not_enrolled'
    end as status,
    case when members.referrer_member_id is null then 'nobody' else 'somebody' end as referrer
from dim_members as members
where members.member_id = $member
