{{ config(materialized='view') }}

with orders as (
    select * from {{ ref('stg_orders') }}
),

refunded_orders as (
    select * from {{ ref('int_refunded_orders') }}
),

members as (
    select * from {{ ref('int_members') }}
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
    orders.meaning_hash,
    refunded_orders.void_on,
    refunded_orders.over_refunded_on,
    cast(greatest(
        orders.net_before_refund - coalesce(refunded_orders.refund_amount_in_window, 0), 0
    ) as decimal(18, 2)) as net_amount_at_expiry,
    greatest(orders.ordered_on, coalesce(refunded_orders.last_refunded_on, orders.ordered_on))
        as last_fact_on
from orders
left join refunded_orders on orders.order_id = refunded_orders.order_id
left join members on orders.member_id = members.member_id
