with origins as (
    select * from {{ ref('int_backtest_origins') }}
),

-- Validity as it was at the origin: an order that is void since then counts.
purchase_days as (
    select
        origins.origin_date,
        orders.member_id,
        orders.ordered_on
    from {{ ref('int_orders') }} as orders
    inner join origins
        on orders.ordered_on <= origins.origin_date
        and (orders.void_on is null or orders.void_on > origins.origin_date)
    where {{ member_loyalty.can_be_valid() }}
    group by origins.origin_date, orders.member_id, orders.ordered_on
),

histories as (
    select
        origin_date,
        member_id,
        count(*) - 1 as btyd_frequency,
        {{ member_loyalty.days_between('min(ordered_on)', 'max(ordered_on)') }}
            as btyd_recency_days,
        {{ member_loyalty.days_between('min(ordered_on)', 'origin_date') }} as btyd_age_days
    from purchase_days
    group by origin_date, member_id
),

purchases as (
    select
        origins.origin_date,
        orders.member_id,
        sum(orders.net_revenue) as net_revenue
    from {{ ref('fct_orders') }} as orders
    inner join origins
        on orders.ordered_on > origins.origin_date
        and orders.ordered_on <= origins.horizon_end_on
    where orders.is_valid
    group by origins.origin_date, orders.member_id
),

referrals as (
    select
        origins.origin_date,
        referrals.referrer_member_id as member_id,
        count(*) as new_referrals
    from {{ ref('fct_referrals') }} as referrals
    inner join origins
        on referrals.credited_on > origins.origin_date
        and referrals.credited_on <= origins.horizon_end_on
    group by origins.origin_date, referrals.referrer_member_id
)

select
    origins.origin_date,
    origins.horizon_days,
    mod({{ member_loyalty.row_hash(['loyalty.member_id']) }}, 100) as member_group,
    {%- for trait in member_loyalty.loyalty_traits() %}
    loyalty.{{ trait }}_score,
    {%- endfor %}
    rfm.recency_days,
    rfm.frequency,
    rfm.monetary_amount,
    rfm.r_score + rfm.f_score + rfm.m_score as rfm_score,
    histories.btyd_frequency,
    histories.btyd_recency_days,
    histories.btyd_age_days,
    case when purchases.member_id is null then 0 else 1 end as repurchase,
    coalesce(purchases.net_revenue, 0) as net_revenue,
    coalesce(referrals.new_referrals, 0) as new_referrals
from origins
inner join {{ ref('fct_loyalty_scores') }} as loyalty
    on origins.origin_date = loyalty.snapshot_date
inner join {{ ref('fct_rfm_scores') }} as rfm
    on loyalty.snapshot_date = rfm.snapshot_date
    and loyalty.member_id = rfm.member_id
    and rfm.score_partition = {{ member_loyalty.all_partitions() }}
left join histories
    on origins.origin_date = histories.origin_date and loyalty.member_id = histories.member_id
left join purchases
    on origins.origin_date = purchases.origin_date and loyalty.member_id = purchases.member_id
left join referrals
    on origins.origin_date = referrals.origin_date and loyalty.member_id = referrals.member_id
