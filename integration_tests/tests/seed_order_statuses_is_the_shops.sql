-- The shop's statuses mean what its own map says, and `paid`, which only the package's map knows,
-- is refused. One row per order that is not as it should be.
with expected as (
    select
        order_id,
        case lower(status)
            when 'bezahlt' then 'successful'
            when 'offen' then 'pending'
            when 'storniert' then 'cancelled'
        end as status
    from {{ ref('sales') }}
    where status is not null and status <> 'paid'
),

orders as (
    select * from {{ ref('member_loyalty', 'fct_orders') }}
),

refused as (
    select * from {{ ref('member_loyalty', 'rejected_rows') }}
    where reason = 'unknown_status'
)

select
    expected.order_id,
    orders.status
from expected
left join orders on expected.order_id = orders.order_id
where expected.status is distinct from orders.status
union all
select
    row_key as order_id,
    reason as status
from refused
where row_key <> '["s11"]'
union all
select
    's11' as order_id,
    'not refused' as status
where not exists (select * from refused)
