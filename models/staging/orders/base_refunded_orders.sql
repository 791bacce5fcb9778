with orders as (
    select * from {{ ref('stg_orders') }}
),

refunds as (
    {{ member_loyalty.raw_rows('order_refunds') }}
)

select
    orders.order_id,
    orders.member_id,
    orders.ordered_on,
    orders.order_status,
    orders.exchange_rate,
    orders.original_net_amount
from orders
where orders.order_id in (select refunds.raw_order_id from refunds)
