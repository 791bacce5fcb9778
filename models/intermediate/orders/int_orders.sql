with orders as (
    select * from {{ ref('stg_orders') }}
),

refunds as (
    select * from {{ ref('stg_order_refunds') }}
),

members as (
    select * from {{ ref('int_members') }}
),

refunded_orders as (
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
        sum(case
            when refunds.refunded_on < orders.ordered_on + {{ var('rfm_window_days') }}
                then refunds.refund_amount
            else 0
        end) as refund_amount_in_window
    from refunds
    inner join orders on refunds.order_id = orders.order_id
    group by refunds.order_id
)

select
    orders.order_id,
    orders.member_id,
    members.member_id is not null as is_member_order,
    orders.ordered_at,
    orders.ordered_on,
    {%- for column in member_loyalty.order_text_columns() %}
    orders.{{ column }},
    {%- endfor %}
    orders.order_status,
    orders.gross_amount,
    orders.discount_amount,
    orders.net_before_refund,
    orders.cost_amount,
    orders.is_full_price,
    refunded_orders.void_on,
    refunded_orders.over_refunded_on,
    cast(greatest(
        orders.net_before_refund - coalesce(refunded_orders.refund_amount_in_window, 0), 0
    ) as decimal(18, 2)) as net_amount_at_expiry
from orders
left join refunded_orders on orders.order_id = refunded_orders.order_id
left join members on orders.member_id = members.member_id
