{{ config(materialized='view') }}

{#- What is known of an order, dated: the order itself, its refunds, the day it becomes void and the
    day the window passes it. Orders that can never count (guests, cancelled, …) are facts of the
    orders mart only. -#}
{%- set can_be_valid = member_loyalty.can_be_valid() -%}

with orders as (
    select * from {{ ref('int_order_states') }}
),

refunds as (
    select
        refunds.refunded_on,
        refunds.refund_amount,
        refunds.original_running_amount,
        orders.order_id,
        orders.member_id,
        orders.ordered_on,
        case when {{ can_be_valid }} then 'refunds' else 'other_refunds' end as input
    from {{ ref('stg_order_refunds') }} as refunds
    inner join orders on refunds.order_id = orders.order_id
)

select
    case when {{ can_be_valid }} then 'orders' else 'other_orders' end as input,
    member_id,
    ordered_on as fact_on,
    {{ member_loyalty.row_hash(['meaning_hash', 'is_member_order']) }} as fact_hash
from orders
union all
select
    case when {{ can_be_valid }} then 'voids' else 'other_voids' end as input,
    member_id,
    greatest(void_on, ordered_on) as fact_on,
    {{ member_loyalty.row_hash(['order_id', 'void_on']) }} as fact_hash
from orders
where void_on is not null
union all
select
    'window' as input,
    member_id,
    ordered_on + {{ var('rfm_window_days') }} as fact_on,
    0 as fact_hash
from orders
where {{ can_be_valid }}
union all
select
    input,
    member_id,
    greatest(refunded_on, ordered_on) as fact_on,
    {{ member_loyalty.row_hash(
        ['order_id', 'refunded_on', 'refund_amount', 'original_running_amount']
    ) }} as fact_hash
from refunds
