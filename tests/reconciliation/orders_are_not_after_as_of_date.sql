{{ config(severity='warn') }}
-- Warns of orders dated after as_of_date (spec §7), which count from their date on. One row per
-- order, the dates said in `problem`.
with orders as (
    select * from {{ ref('int_orders') }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
)

select
    orders.order_id,
    orders.ordered_on,
    concat('an order is dated after as_of_date ', as_of_date.as_of_date) as problem
from orders
cross join as_of_date
where (orders.ordered_on <= as_of_date.as_of_date) is not true
