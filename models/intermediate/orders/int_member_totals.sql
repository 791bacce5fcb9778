{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='member_id',
    on_schema_change='sync_all_columns',
) }}

with orders as (
    select * from {{ ref('int_member_orders') }}
    where void_on is null
),

refunds as (
    select
        refund_days.order_id,
        sum(refund_days.capped_amount) as refund_amount
    from {{ ref('int_order_refund_days') }} as refund_days
    inner join {{ ref('int_as_of_date') }} as as_of_date
        on refund_days.refunded_on <= as_of_date.as_of_date
    group by refund_days.order_id
)

select
    orders.member_id,
    min(orders.ordered_on) as first_order_on,
    max(orders.ordered_on) as last_order_on,
    min(case when orders.ordered_on >= members.joined_on then orders.ordered_on end)
        as first_order_since_joining_on,
    count(*) as valid_orders,
    cast(sum(orders.net_before_refund - coalesce(refunds.refund_amount, 0)) as decimal(18, 2))
        as net_revenue
from orders
inner join {{ ref('int_members') }} as members on orders.member_id = members.member_id
left join refunds on orders.order_id = refunds.order_id
group by orders.member_id
