with changes as (
    select
        member_id,
        score_partition,
        snapshot_number,
        sum(orders_ever) as orders_ever,
        sum(orders) as orders,
        sum(occasions) as occasions,
        sum(full_price_occasions) as full_price_occasions,
        sum(net_amount) as net_amount,
        sum(cost_amount) as cost_amount,
        sum(referrals) as referrals,
        max(last_order_on) as last_order_on,
        max(passing_order_on) as passing_order_on,
        max(purchase_number) as purchase_number
    from {{ ref('int_measure_changes') }}
    group by member_id, score_partition, snapshot_number
)

select
    member_id,
    score_partition,
    snapshot_number as first_number,
    lead(snapshot_number) over history - 1 as last_number,
    cast(sum(orders_ever) over history as integer) as orders_ever,
    cast(sum(orders) over history as integer) as orders,
    cast(sum(occasions) over history as integer) as occasions,
    cast(sum(full_price_occasions) over history as integer) as full_price_occasions,
    cast(sum(net_amount) over history as decimal(18, 2)) as net_amount,
    cast(sum(cost_amount) over history as decimal(18, 2)) as cost_amount,
    cast(sum(referrals) over history as integer) as referrals,
    max(last_order_on) over history as last_order_on,
    passing_order_on,
    max(purchase_number) over history as purchase_number
from changes
window history as (
    partition by member_id, score_partition
    order by snapshot_number
    rows between unbounded preceding and current row
)
