{{ config(
    materialized='incremental',
    incremental_strategy='changed_keys',
    on_schema_change='sync_all_columns',
) }}

{%- set refunded_orders = ref('base_refunded_orders') -%}
{%- set early_lookups %}
        left join {{ refunded_orders }} as refunded_orders
            on raw_rows.raw_order_id = refunded_orders.order_id
{%- endset -%}

{{ member_loyalty.base_rows(
    'order_refunds',
    erased_by=[('order_id', ref('base_erased_orders'), 'order_id')],
    early_lookups=early_lookups,
    early_columns=['refunded_orders.exchange_rate'],
    late_checks=[('unknown_order', 'order_id', 'exchange_rate is null')],
) }}

select
    {{ member_loyalty.base_columns('order_refunds') }},
    exchange_rate
from {{ member_loyalty.judged_or_gone('order_refunds') }}
