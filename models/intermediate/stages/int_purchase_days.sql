{{ config(materialized='view') }}

with orders as (
    select * from {{ ref('int_member_orders') }}
)

select
    member_id,
    ordered_on as purchase_on,
    case when count(*) = count(void_on) then max(void_on) end as void_on
from orders
group by member_id, ordered_on
