{{ config(materialized='view') }}

{#- What frequency counts (var purchase_occasion). By day an occasion is a date, alive until the
    last of its orders is void; then orders bring the money and dates the occasions, each in rows of
    their own. -#}
{%- set by_day = var('purchase_occasion') == 'day' -%}

with orders as (
    select * from {{ ref('int_order_partitions') }}
)

select
    member_id,
    score_partition,
    ordered_on,
    void_on,
    1 as orders,
    {{ 0 if by_day else 1 }} as occasions,
    {{ 0 if by_day else 'case when is_full_price then 1 else 0 end' }} as full_price_occasions,
    net_before_refund as net_amount,
    net_amount_at_expiry,
    cost_amount
from orders
{%- for occasions, full_price_occasions in [(1, 0), (0, 1)] if by_day %}
union all
select
    member_id,
    score_partition,
    ordered_on,
    case when count(*) = count(void_on) then max(void_on) end as void_on,
    0 as orders,
    {{ occasions }} as occasions,
    {{ full_price_occasions }} as full_price_occasions,
    cast(0 as decimal(18, 2)) as net_amount,
    cast(0 as decimal(18, 2)) as net_amount_at_expiry,
    cast(0 as decimal(18, 2)) as cost_amount
from orders
{{ 'where is_full_price' if full_price_occasions }}
group by member_id, score_partition, ordered_on
{%- endfor %}
