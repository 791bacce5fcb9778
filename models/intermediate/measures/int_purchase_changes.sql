{{ config(materialized='view') }}

{#- A purchase enters the window measures at the first snapshot that sees it, and leaves them when
    it is void or when the window has passed it. -#}
{%- set window_days = var('rfm_window_days') -%}

with calendar as (
    select * from {{ ref('int_calendar') }}
),

purchases as (
    select
        purchases.*,
        ordered.snapshot_number as ordered_number,
        voided.snapshot_number as void_number,
        expired.snapshot_number as expired_number,
        case when purchases.void_on < purchases.ordered_on + {{ window_days }} then 1 else 0 end
            as voids_in_window
    from {{ ref('int_purchases') }} as purchases
    inner join calendar as ordered on purchases.ordered_on = ordered.calendar_date
    left join calendar as voided on purchases.void_on = voided.calendar_date
    left join calendar as expired
        on purchases.ordered_on + {{ window_days }} = expired.calendar_date
)

select
    member_id,
    score_partition,
    ordered_number as snapshot_number,
    orders as orders_ever,
    orders,
    occasions,
    full_price_occasions,
    net_amount,
    cost_amount,
    case when orders = 1 and void_number is null then ordered_on end as last_order_on,
    cast(null as date) as passing_order_on,
    case
        when orders = 1 and (void_number is null or void_number > ordered_number)
            then ordered_number
    end as purchase_number
from purchases
union all
select
    member_id,
    score_partition,
    void_number as snapshot_number,
    -orders as orders_ever,
    -orders * voids_in_window as orders,
    -occasions * voids_in_window as occasions,
    -full_price_occasions * voids_in_window as full_price_occasions,
    0 as net_amount,
    -cost_amount * voids_in_window as cost_amount,
    cast(null as date) as last_order_on,
    cast(null as date) as passing_order_on,
    cast(null as bigint) as purchase_number
from purchases
where void_number is not null
union all
select
    member_id,
    score_partition,
    expired_number as snapshot_number,
    0 as orders_ever,
    -orders * (1 - voids_in_window) as orders,
    -occasions * (1 - voids_in_window) as occasions,
    -full_price_occasions * (1 - voids_in_window) as full_price_occasions,
    -net_amount_at_expiry as net_amount,
    -cost_amount * (1 - voids_in_window) as cost_amount,
    cast(null as date) as last_order_on,
    cast(null as date) as passing_order_on,
    cast(null as bigint) as purchase_number
from purchases
where expired_number is not null
union all
-- An order that will be void is the last order only at the snapshots before that.
select
    member_id,
    score_partition,
    {{ member_loyalty.unnest_integers('ordered_number', 'void_number - 1') }} as snapshot_number,
    0 as orders_ever,
    0 as orders,
    0 as occasions,
    0 as full_price_occasions,
    0 as net_amount,
    0 as cost_amount,
    cast(null as date) as last_order_on,
    ordered_on as passing_order_on,
    cast(null as bigint) as purchase_number
from purchases
where void_number is not null and orders = 1
