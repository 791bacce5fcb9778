{{ config(materialized='view') }}

{#- What the members that the plan restates did on a date, as known at as_of_date: orders on the day
    of the order, with what refunds left of them; refunds on their own day; events. -#}
with orders as (
    select * from {{ ref('int_member_orders') }}
),

refunds as (
    select
        orders.member_id,
        orders.ordered_on,
        orders.void_on,
        refund_days.refunded_on,
        refund_days.capped_amount
    from {{ ref('int_order_refund_days') }} as refund_days
    inner join orders on refund_days.order_id = orders.order_id
    inner join {{ ref('int_as_of_date') }} as as_of_date
        on refund_days.refunded_on <= as_of_date.as_of_date
),

activities as (
    {{ member_loyalty.only_restated(
        ref('int_person_days'), 'member_id', ref('int_restated_persons')
    ) }}
    inner join {{ ref('int_as_of_date') }} as as_of_date
        on rows_of.occurred_on <= as_of_date.as_of_date
    where rows_of.has_activity and rows_of.member_id is not null
)

{%- for relation, occurred_on, orders, gross, discount, refund, valid_orders, revenue, events in [
    ('orders', 'ordered_on', '1', 'gross_amount', 'discount_amount', '0',
        'case when void_on is null then 1 else 0 end',
        'case when void_on is null then net_before_refund else 0 end', '0'),
    ('refunds', 'refunded_on', '0', '0', '0', 'capped_amount', '0', '0', '0'),
    ('refunds', 'ordered_on', '0', '0', '0', '0', '0',
        'case when void_on is null then -capped_amount else 0 end', '0'),
    ('activities', 'occurred_on', '0', '0', '0', '0', '0', '0', '1'),
] %}
{{ 'union all' if not loop.first }}
select
    member_id,
    {{ occurred_on }} as occurred_on,
    {{ orders }} as orders,
    cast({{ gross }} as decimal(18, 2)) as gross_amount,
    cast({{ discount }} as decimal(18, 2)) as discount_amount,
    cast({{ refund }} as decimal(18, 2)) as refund_amount,
    {{ valid_orders }} as valid_orders,
    cast({{ revenue }} as decimal(18, 2)) as net_revenue,
    {{ events }} as has_activity
from {{ relation }}
{%- endfor %}
