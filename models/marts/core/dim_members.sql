with members as (
    select * from {{ ref('int_members') }}
),

persons as (
    select * from {{ ref('int_persons') }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

orders as (
    select
        totals.*,
        {{ member_loyalty.days_between('first_order_on', 'last_order_on') }} as span_days
    from {{ ref('int_member_totals') }} as totals
),

referrals as (
    select * from {{ ref('int_referrals') }}
    where status = 'accepted'
),

rfm_scores as (
    select scores.*
    from {{ ref('fct_rfm_scores') }} as scores
    inner join as_of_date on scores.snapshot_date = as_of_date.as_of_date
    where scores.score_partition = {{ member_loyalty.all_partitions() }}
),

loyalty_scores as (
    select scores.*
    from {{ ref('fct_loyalty_scores') }} as scores
    inner join as_of_date on scores.snapshot_date = as_of_date.as_of_date
),

quadrants as (
    select quadrants.*
    from {{ ref('fct_member_quadrants') }} as quadrants
    inner join as_of_date on quadrants.snapshot_date = as_of_date.as_of_date
),

lifecycle as (
    select snapshots.*
    from {{ ref('fct_lifecycle_snapshots') }} as snapshots
    inner join as_of_date on snapshots.snapshot_date = as_of_date.as_of_date
),

aipl as (
    select stages.*
    from {{ ref('fct_aipl_stages') }} as stages
    inner join as_of_date on stages.snapshot_date = as_of_date.as_of_date
),

next_actions as (
    select * from {{ ref('int_next_actions') }}
)

select
    members.member_id,
    members.is_inferred,
    members.registered_on,
    members.joined_on,
    members.closed_on,
    persons.first_seen_on,
    members.acquisition_channel,
    coalesce({{ member_loyalty.is_enrolled(
        'members.joined_on', 'members.closed_on', 'as_of_date.as_of_date'
    ) }}, false) as is_enrolled,
    coalesce(members.closed_on <= as_of_date.as_of_date, false) as is_closed,
    referrals.referrer_member_id,
    orders.first_order_on,
    orders.last_order_on,
    coalesce(orders.valid_orders, 0) as valid_orders,
    cast(coalesce(orders.net_revenue, 0) as decimal(18, 2)) as net_revenue,
    cast(orders.repeat_days as integer) as btyd_frequency,
    cast(orders.span_days as integer) as btyd_recency_days,
    cast(
        {{ member_loyalty.days_between('orders.first_order_on', 'as_of_date.as_of_date') }}
        as integer
    ) as btyd_age_days,
    cast(case
        when orders.repeat_days = 0 then 0
        else {{ member_loyalty.exact_ratio('orders.repeat_revenue', 'orders.repeat_days', 2, 2) }}
    end as decimal(18, 2)) as btyd_mean_value,
    {{ member_loyalty.exact_ratio('orders.span_days', 'orders.repeat_days', 2) }} as mean_gap_days,
    orders.last_order_on + cast({{ member_loyalty.int_div(
        '2 * orders.span_days + orders.repeat_days', 'nullif(2 * orders.repeat_days, 0)'
    ) }} as integer) as expected_next_order_on,
    lifecycle.snapshot_date,
    rfm_scores.recency_days,
    rfm_scores.frequency,
    rfm_scores.monetary_amount,
    rfm_scores.average_order_value,
    rfm_scores.r_score,
    rfm_scores.f_score,
    rfm_scores.m_score,
    rfm_scores.rfm_cell,
    rfm_scores.rfm_value_class,
    rfm_scores.rfm_segment,
    loyalty_scores.loyalty_score,
    loyalty_scores.loyalty_tile,
    quadrants.quadrant,
    lifecycle.lifecycle_stage,
    lifecycle.stage_entered_on,
    aipl.aipl_stage,
    next_actions.next_action,
    next_actions.next_action_zh
from members
cross join as_of_date
inner join persons on members.member_id = persons.member_id
left join orders on members.member_id = orders.member_id
left join referrals on members.member_id = referrals.referred_member_id
left join rfm_scores on members.member_id = rfm_scores.member_id
left join loyalty_scores on members.member_id = loyalty_scores.member_id
left join quadrants on members.member_id = quadrants.member_id
left join lifecycle on members.member_id = lifecycle.member_id
left join aipl on members.member_id = aipl.member_id
left join next_actions on members.member_id = next_actions.member_id
