{{ config(severity='warn') }}
-- Warns where many orders come twice with other money and no updated_at that would say which is the
-- newer version: rows that are lines of orders lose the money of all but one. At most one row, said
-- in `problem`.
with orders as (
    select * from {{ ref('base_orders') }}
),

unversioned as (
    select count(*) as superseded
    from orders as older
    inner join orders as newer on older.order_id = newer.order_id
    where older.reject_reason = 'duplicate_superseded'
        and newer.reject_reason is null
        and older.updated_at is null
        and newer.updated_at is null
        and older.gross_amount <> newer.gross_amount
),

counted as (
    select count(*) as raw_rows from orders
)

select
    unversioned.superseded,
    counted.raw_rows,
    concat(
        'orders: ', unversioned.superseded, ' of ', counted.raw_rows, ' rows name an order that',
        ' another row has too, with another gross_amount and no updated_at; of each order one row',
        ' counts: sum order lines up to orders, or give updated_at'
    ) as problem
from unversioned
cross join counted
where unversioned.superseded > {{ var('max_rejected_share') }} * counted.raw_rows
