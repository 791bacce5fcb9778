with scores as (
    select * from {{ ref('int_rfm_scores') }}
),

snapshots as (
    select * from {{ ref('int_snapshot_dates') }}
    where is_published
)

select
    scores.snapshot_date,
    scores.score_partition,
    scores.member_id,
    scores.recency_days,
    scores.frequency,
    scores.monetary_amount,
    scores.average_order_value,
    scores.full_price_frequency,
    scores.r_score,
    scores.f_score,
    scores.m_score,
    scores.rfm_cell,
    scores.rfm_value_class,
    scores.rfm_segment
from scores
inner join snapshots on scores.snapshot_number = snapshots.snapshot_number
