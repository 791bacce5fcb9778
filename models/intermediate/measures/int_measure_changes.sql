{{ config(materialized='view') }}

{#- All that changes a member's window measures, by the first snapshot that sees it. The measures at
    a snapshot are the sums of the changes up to it: a cost linear in orders, however many
    snapshots. -#}

with calendar as (
    select * from {{ ref('int_calendar') }}
),

refunds as (
    select
        orders.member_id,
        orders.score_partition,
        calendar.snapshot_number,
        -refund_days.capped_amount as net_amount
    from {{ ref('int_order_refund_days') }} as refund_days
    inner join {{ ref('int_order_partitions') }} as orders
        on refund_days.order_id = orders.order_id
        and refund_days.refunded_on < orders.ordered_on + {{ var('rfm_window_days') }}
    inner join calendar
        on greatest(refund_days.refunded_on, orders.ordered_on) = calendar.calendar_date
),

credited as (
    select
        referrer_member_id as member_id,
        credited_on
    from {{ ref('int_referral_statuses') }}
    where status = 'accepted'
),

referrals as (
    {{ member_loyalty.only_restated('credited', 'member_id', ref('int_restated_persons')) }}
),

spans as (
    {{ member_loyalty.only_restated(
        ref('int_member_spans'), 'person_id', ref('int_restated_persons')
    ) }}
),

referral_changes as (
    select
        referrals.member_id,
        calendar.snapshot_number,
        1 as referrals
    from referrals
    cross join {{ ref('int_as_of_date') }} as as_of_date
    inner join calendar
        on {{ member_loyalty.calendar_day('referrals.credited_on') }} = calendar.calendar_date
    union all
    select
        referrals.member_id,
        calendar.snapshot_number,
        -1 as referrals
    from referrals
    cross join {{ ref('int_as_of_date') }} as as_of_date
    inner join calendar
        on {{ member_loyalty.calendar_day(
            'referrals.credited_on + ' ~ var('referral_window_days')
        ) }} = calendar.calendar_date
)

select
    member_id,
    score_partition,
    snapshot_number,
    orders_ever,
    orders,
    occasions,
    full_price_occasions,
    net_amount,
    cost_amount,
    0 as referrals,
    last_order_on,
    passing_order_on,
    purchase_number
from {{ ref('int_purchase_changes') }}
{%- set all_partitions = member_loyalty.all_partitions() %}
{%- for relation, partition, number, net_amount, referrals, condition in [
    ('refunds', 'score_partition', 'snapshot_number', 'net_amount', '0', 'true'),
    ('referral_changes', all_partitions, 'snapshot_number', '0', 'referrals', 'true'),
    ('spans', all_partitions, 'first_enrolled_number', '0', '0',
        'first_enrolled_number <= last_number'),
] %}
union all
select
    member_id,
    {{ partition }} as score_partition,
    {{ number }} as snapshot_number,
    0 as orders_ever,
    0 as orders,
    0 as occasions,
    0 as full_price_occasions,
    {{ net_amount }} as net_amount,
    0 as cost_amount,
    {{ referrals }} as referrals,
    cast(null as date) as last_order_on,
    cast(null as date) as passing_order_on,
    cast(null as bigint) as purchase_number
from {{ relation }}
where {{ condition }}
{%- endfor %}
