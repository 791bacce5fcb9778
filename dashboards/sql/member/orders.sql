-- The member's last orders.
select ordered_on, platform, status, net_before_refund, refund_amount, net_revenue, is_valid,
    case when is_valid then 'valid' else invalid_reason end as counted
from fct_orders
where member_id = $member
order by ordered_at desc, order_id
limit 15
