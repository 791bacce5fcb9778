with orders as (
    select * from {{ ref('stg_orders') }}
),

refunds as (
    {{ member_loyalty.raw_rows('order_refunds') }}
)

select
    orders.order_id,
    orders.exchange_rate
from orders
where orders.order_id in (select refunds.raw_order_id from refunds)
