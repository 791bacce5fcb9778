{{ config(materialized='view') }}

with orders as (
    select * from {{ ref('int_member_orders') }}
)

select
    {{ member_loyalty.all_partitions() }} as score_partition,
    orders.*
from orders
{%- for column in member_loyalty.checked_var('score_partitions') %}
union all
select
    {{ member_loyalty.partition_of(column) }} as score_partition,
    orders.*
from orders
{%- endfor %}
