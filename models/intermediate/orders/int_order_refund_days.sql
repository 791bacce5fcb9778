with refunds as (
    select * from {{ ref('stg_order_refunds') }}
),

orders as (
    select * from {{ ref('int_member_orders') }}
),

days as (
    select
        refunds.order_id,
        refunds.refunded_on,
        sum(refunds.refund_amount) as refund_amount
    from refunds
    group by refunds.order_id, refunds.refunded_on
),

running as (
    select
        days.order_id,
        days.refunded_on,
        orders.net_before_refund,
        days.refund_amount,
        sum(days.refund_amount) over (
            partition by days.order_id
            order by days.refunded_on
            rows between unbounded preceding and current row
        ) as running_amount
    from days
    inner join orders on days.order_id = orders.order_id
)

select
    order_id,
    refunded_on,
    {{ member_loyalty.capped_refund('running_amount', 'refund_amount', 'net_before_refund') }}
        as capped_amount
from running
