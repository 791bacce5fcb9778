with orders as (
    select * from {{ ref('stg_orders') }}
)

select
    min(ordered_on) as first_order_on,
    {% if var('as_of_date') -%}
    date '{{ var("as_of_date") }}' as as_of_date
    {%- else -%}
    max(case when ordered_on <= date '{{ member_loyalty.build_date() }}' then ordered_on end)
        as as_of_date
    {%- endif %}
from orders
