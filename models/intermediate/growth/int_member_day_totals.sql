{%- set once_a_period = ['active_members', 'retained_members', 'buyers', 'recalled_members'] %}
select
    occurred_on as counted_on,
    channel,
    sum(orders) as orders,
    sum(gross_amount) as gross_revenue,
    sum(discount_amount) as discounts,
    sum(refund_amount) as refunds,
    sum(valid_orders) as member_orders,
    sum(net_revenue) as member_revenue,
    {%- for measure in once_a_period %}
    {%- for grain in member_loyalty.period_grains() %}
    sum({{ measure }}_{{ grain }}) as {{ measure }}_{{ grain }},
    {%- endfor %}
    {%- endfor %}
    count(active_on) as active_member_days,
    sum(case when purchase_on is not null and previous_purchase_on is null then 1 else 0 end)
        as new_buyers
from {{ ref('int_member_days') }}
group by occurred_on, channel
