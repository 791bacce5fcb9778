with scores as (
    select * from {{ ref('int_rfm_scores') }}
),

snapshots as (
    select * from {{ ref('int_snapshot_dates') }}
    where is_published
)

select
    snapshots.snapshot_date,
    scores.score_partition,
    scores.r_score,
    scores.f_score,
    scores.m_score,
    count(*) as members,
    cast(sum(scores.orders) as bigint) as orders,
    cast(sum(scores.monetary_amount) as decimal(18, 2)) as net_revenue
from scores
inner join snapshots on scores.snapshot_number = snapshots.snapshot_number
group by
    snapshots.snapshot_date, scores.score_partition, scores.r_score, scores.f_score, scores.m_score
