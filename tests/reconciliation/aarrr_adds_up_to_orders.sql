-- Over all days agg_aarrr holds each order of fct_orders by as_of_date once, to the cent, and of
-- each member one first order (spec §5). Refunds dated before the first order are in no period. One
-- row per sum that differs.
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

orders as (
    select fct_orders.*
    from {{ ref('fct_orders') }} as fct_orders
    inner join as_of_date on fct_orders.ordered_on <= as_of_date.as_of_date
    where fct_orders.status = 'successful'
),

early_refunds as (
    select
        orders.order_id,
        least(sum(refunds.refund_amount), orders.net_before_refund) as refund_amount
    from {{ ref('stg_order_refunds') }} as refunds
    inner join as_of_date on refunds.refunded_on < as_of_date.first_order_on
    inner join orders on refunds.order_id = orders.order_id
    group by orders.order_id, orders.net_before_refund
),

expected as (
    select
        count(*) as orders,
        sum(orders.gross_amount) as gross_revenue,
        sum(orders.discount_amount) as discounts,
        sum(
            orders.net_before_refund - orders.net_revenue
            - coalesce(early_refunds.refund_amount, 0)
        ) as refunds,
        sum(case when orders.is_valid then 1 else 0 end) as member_orders,
        sum(case when orders.is_valid then orders.net_revenue else 0 end) as member_revenue,
        count(distinct case when orders.is_valid then orders.member_id end) as new_buyers
    from orders
    left join early_refunds on orders.order_id = early_refunds.order_id
),

found as (
    select *
    from {{ ref('agg_aarrr') }}
    where period_grain = 'day' and channel = 'all'
)

{%- for measure in [
    'orders', 'gross_revenue', 'discounts', 'refunds', 'member_orders', 'member_revenue',
    'new_buyers',
] %}
{{ 'union all' if not loop.first }}
select
    '{{ measure }}' as measure,
    max(expected.{{ measure }}) as in_orders,
    sum(found.{{ measure }}) as in_aarrr
from found
cross join expected
having max(expected.{{ measure }}) <> sum(found.{{ measure }})
{%- endfor %}
