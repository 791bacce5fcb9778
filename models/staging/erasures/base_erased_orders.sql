{{ config(materialized='view') }}

with orders as (
    select * from {{ ref('base_orders') }}
    where reject_reason = 'erased_member'
)

select order_id
from orders
where order_id is not null
group by order_id
