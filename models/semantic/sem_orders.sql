select
    orders.order_id,
    orders.member_id,
    orders.ordered_on,
    {{ member_loyalty.channel_of('members.acquisition_channel') }} as channel,
    orders.platform,
    orders.is_full_price,
    orders.is_valid,
    orders.gross_amount,
    orders.discount_amount,
    orders.net_revenue
from {{ ref('fct_orders') }} as orders
left join {{ ref('dim_members') }} as members on orders.member_id = members.member_id
where orders.status = 'successful' and coalesce(orders.invalid_reason, '') <> 'after_as_of_date'
