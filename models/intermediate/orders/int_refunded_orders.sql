with refunds as (
    select * from {{ ref('stg_order_refunds') }}
),

orders as (
    select * from {{ ref('base_refunded_orders') }}
)

select
    refunds.order_id,
    min(case
        when {{ member_loyalty.is_void(
            'refunds.original_running_amount', 'orders.original_net_amount'
        ) }}
            then refunds.refunded_on
    end) as void_on,
    min(case
        when refunds.original_running_amount > orders.original_net_amount
            then refunds.refunded_on
    end) as over_refunded_on,
    max(refunds.refunded_on) as last_refunded_on,
    sum(case
        when refunds.refunded_on < orders.ordered_on + {{ var('rfm_window_days') }}
            then refunds.refund_amount
        else 0
    end) as refund_amount_in_window
from refunds
inner join orders on refunds.order_id = orders.order_id
group by refunds.order_id
