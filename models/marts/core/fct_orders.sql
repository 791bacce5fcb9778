{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='order_id',
    on_schema_change='fail',
) }}

with orders as (
    {{ member_loyalty.only_restated(
        ref('int_orders'), 'order_id', ref('int_restated_orders')
    ) }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

refunds as (
    select
        refunds.order_id,
        sum(refunds.refund_amount) as refund_amount
    from {{ ref('stg_order_refunds') }} as refunds
    inner join as_of_date on refunds.refunded_on <= as_of_date.as_of_date
    group by refunds.order_id
),

judged as (
    select
        orders.*,
        coalesce(refunds.refund_amount, 0) as refund_amount,
        greatest(orders.net_before_refund - coalesce(refunds.refund_amount, 0), 0) as net_revenue,
        coalesce(orders.over_refunded_on <= as_of_date.as_of_date, false) as is_over_refunded,
        {{ member_loyalty.invalid_reason('as_of_date.as_of_date') | indent(4) }} as invalid_reason
    from orders
    cross join as_of_date
    left join refunds on orders.order_id = refunds.order_id
)

select
    order_id,
    member_id,
    ordered_at,
    ordered_on,
    platform,
    order_status as status,
    gross_amount,
    discount_amount,
    net_before_refund,
    cast(refund_amount as decimal(18, 2)) as refund_amount,
    cast(net_revenue as decimal(18, 2)) as net_revenue,
    cost_amount,
    is_full_price,
    is_over_refunded,
    invalid_reason is null as is_valid,
    invalid_reason
from judged
