{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='order_id',
    on_schema_change='sync_all_columns',
) }}

with orders as (
    {{ member_loyalty.only_restated(
        ref('int_order_states'), 'order_id', ref('int_restated_orders')
    ) }}
)

select * from orders
