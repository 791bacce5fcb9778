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
    {%- for relation in [ref('int_order_states')] + ([stored_orders] if stored_orders else []) %}
    select
        order_id,
        last_fact_on
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select order_id
from orders
where {{ 'false' if everything or not restate_from else 'last_fact_on >= ' ~ restate_from }}
{%- if stored and not everything %}
union
select stored.order_id
from {{ stored }} as stored
inner join plan on plan.resumes = 1
{%- else %}
group by order_id
{%- endif %}
