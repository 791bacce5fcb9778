{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='member_id',
    on_schema_change='sync_all_columns',
) }}

with changes as (
    select
        member_id,
        score_partition,
        snapshot_number,
        cast(sum(orders_ever) as integer) as orders_ever,
        cast(sum(orders) as integer) as orders,
        cast(sum(occasions) as integer) as occasions,
        cast(sum(full_price_occasions) as integer) as full_price_occasions,
        cast(sum(net_amount) as decimal(18, 2)) as net_amount,
        cast(sum(cost_amount) as decimal(18, 2)) as cost_amount,
        cast(sum(referrals) as integer) as referrals,
        max(last_order_on) as last_order_on,
        max(passing_order_on) as passing_order_on,
        max(purchase_number) as purchase_number
    from {{ ref('int_measure_changes') }}
    group by member_id, score_partition, snapshot_number
),

balances as (
    select
        member_id,
        score_partition,
        snapshot_number as first_number,
        lead(snapshot_number) over in_order - 1 as last_number,
        cast(sum(orders_ever) over history as integer) as orders_ever,
        cast(sum(orders) over history as integer) as orders,
        cast(sum(occasions) over history as integer) as occasions,
        cast(sum(full_price_occasions) over history as integer) as full_price_occasions,
        cast(sum(net_amount) over history as decimal(18, 2)) as net_amount,
        cast(sum(cost_amount) over history as decimal(18, 2)) as cost_amount,
        cast(sum(referrals) over history as integer) as referrals,
        greatest(max(last_order_on) over history, passing_order_on) as last_order_on,
        max(purchase_number) over history as purchase_number
    from changes
    window
        in_order as (partition by member_id, score_partition order by snapshot_number),
        history as (
            partition by member_id, score_partition
            order by snapshot_number
            rows between unbounded preceding and current row
        )
),

spans as (
    select * from {{ ref('int_member_spans') }}
    where first_enrolled_number <= last_number
),

clipped as (
    select
        balances.*,
        spans.joined_on,
        greatest(balances.first_number, spans.first_enrolled_number) as enrolled_number,
        {{ member_loyalty.until_closed('balances.last_number', 'spans.closed_number') | indent(8) }}
            as standing_number
    from balances
    inner join spans on balances.member_id = spans.member_id
    where balances.orders_ever > 0
        or balances.score_partition = {{ member_loyalty.all_partitions() }}
)

select
    member_id,
    score_partition,
    joined_on,
    enrolled_number as first_number,
    standing_number as last_number,
    orders,
    occasions,
    full_price_occasions,
    net_amount,
    cost_amount,
    referrals,
    last_order_on,
    purchase_number
from clipped
where standing_number is null or enrolled_number <= standing_number
