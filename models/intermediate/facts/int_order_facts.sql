{{ config(materialized='view') }}

{#- What is known of an order, dated: the order itself and its refunds. Whether it counts for a
    member follows from these and from the facts of persons: a member is first seen no later than at
    the first order, and an order is void by one of its refunds. -#}
with refunds as (
    select
        refunds.refunded_on,
        refunds.refund_amount,
        refunds.original_running_amount,
        orders.order_id,
        orders.member_id,
        orders.ordered_on,
        orders.order_status
    from {{ ref('stg_order_refunds') }} as refunds
    inner join {{ ref('base_refunded_orders') }} as orders on refunds.order_id = orders.order_id
)

select
    {{ member_loyalty.fact_of_order('orders') }} as input,
    ordered_on as fact_on,
    meaning_hash as fact_hash
from {{ ref('stg_orders') }}
union all
select
    {{ member_loyalty.fact_of_order('refunds') }} as input,
    greatest(refunded_on, ordered_on) as fact_on,
    {{ member_loyalty.row_hash(
        ['order_id', 'refunded_on', 'refund_amount', 'original_running_amount']
    ) }} as fact_hash
from refunds
