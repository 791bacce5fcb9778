-- depends_on: {{ ref('int_restatement_plan') }}
{#- Orders with a fact dated on or after the day from which orders are restated, now or in the last
    build: all others are as they were. A build that restates everything needs no list. -#}
{%- set restate_from = member_loyalty.planned('restate_orders_from') %}
{%- set everything = member_loyalty.restates_all() %}
{%- set stored_orders = member_loyalty.stored('int_orders') %}
{%- set stored = member_loyalty.stored('int_restated_orders') %}
with {% if stored and not everything -%}
plan as (
    select max(case when resumes_interrupted_build then 1 else 0 end) as resumes
    from {{ ref('int_restatement_plan') }}
),

{% endif -%}
orders as (
    {%- for relation, dated_on in [
        (ref('stg_orders'), 'ordered_on'),
        (ref('int_refunded_orders'), 'last_refunded_on'),
    ] + ([(stored_orders, 'last_fact_on')] if stored_orders else []) %}
    {{ 'union all' if not loop.first }}
    select order_id
    from {{ relation }}
    where {{ 'false' if everything or not restate_from else dated_on ~ ' >= ' ~ restate_from }}
    {%- endfor %}
    {%- if stored and not everything %}
    union all
    select stored.order_id
    from {{ stored }} as stored
    inner join plan on plan.resumes = 1
    {%- endif %}
)

select order_id
from orders
group by order_id
