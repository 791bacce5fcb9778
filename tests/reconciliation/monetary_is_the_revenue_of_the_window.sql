-- At the last snapshot a member's monetary_amount and recency are those of the valid orders that
-- fct_orders shows (spec §3). One row per member whose figures differ.
with last_snapshot as (
    select snapshot_date from {{ ref('int_snapshot_dates') }}
    where is_last
),

orders as (
    select
        orders.member_id,
        max(orders.ordered_on) as last_order_on,
        sum(case
            when orders.ordered_on > last_snapshot.snapshot_date - {{ var('rfm_window_days') }}
                then orders.net_revenue
            else 0
        end) as net_revenue
    from {{ ref('fct_orders') }} as orders
    cross join last_snapshot
    where orders.is_valid
    group by orders.member_id
),

scores as (
    select
        scores.member_id,
        scores.monetary_amount,
        scores.snapshot_date - scores.recency_days as last_order_on
    from {{ ref('fct_rfm_scores') }} as scores
    inner join last_snapshot on scores.snapshot_date = last_snapshot.snapshot_date
    where scores.score_partition = 'all'
)

select
    scores.member_id,
    scores.monetary_amount,
    orders.net_revenue
from scores
left join orders on scores.member_id = orders.member_id
where (scores.monetary_amount = coalesce(orders.net_revenue, 0)) is not true
    or scores.last_order_on is distinct from orders.last_order_on
