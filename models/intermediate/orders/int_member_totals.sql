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
),

days as (
    select
        orders.member_id,
        orders.ordered_on,
        row_number() over (partition by orders.member_id order by orders.ordered_on) as day_number,
        count(*) as valid_orders,
        sum(orders.net_before_refund - coalesce(refunds.refund_amount, 0)) as net_revenue
    from orders
    left join refunds on orders.order_id = refunds.order_id
    group by orders.member_id, orders.ordered_on
)

select
    days.member_id,
    min(days.ordered_on) as first_order_on,
    max(days.ordered_on) as last_order_on,
    min(case when days.ordered_on >= members.joined_on then days.ordered_on end)
        as first_order_since_joining_on,
    cast(sum(days.valid_orders) as bigint) as valid_orders,
    cast(sum(days.net_revenue) as decimal(18, 2)) as net_revenue,
    count(*) - 1 as repeat_days,
    cast(sum(case when days.day_number > 1 then days.net_revenue else 0 end) as decimal(18, 2))
        as repeat_revenue
from days
inner join {{ ref('int_members') }} as members on days.member_id = members.member_id
group by days.member_id
