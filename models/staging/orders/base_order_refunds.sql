{%- set orders = ref('stg_orders') -%}
{%- set lookups %}
        left join {{ orders }} as orders
            on parsed.order_id = orders.order_id
{%- endset -%}

{{ member_loyalty.base_rows(
    'order_refunds',
    erased_by=[('order_id', ref('base_erased_orders'), 'order_id')],
    lookups=lookups,
    lookup_columns=['orders.exchange_rate'],
    late_checks=[('unknown_order', 'order_id', 'exchange_rate is null')],
) }}

select
    {{ member_loyalty.base_columns('order_refunds') }},
    exchange_rate
from judged
