{{ config(materialized='view') }}

with orders as (
    {{ member_loyalty.raw_rows('orders') }}
),

erased_members as (
    select * from {{ ref('base_erased_members') }}
)

select orders.raw_order_id as order_id
from orders
inner join erased_members on orders.raw_member_id = erased_members.member_id
where orders.raw_order_id is not null
group by orders.raw_order_id
