with scores as (
    select * from {{ ref('int_loyalty_scores') }}
),

snapshots as (
    select * from {{ ref('int_snapshot_dates') }}
    where is_published
)

select
    scores.snapshot_date,
    scores.member_id,
    scores.contribution_amount,
    scores.contribution_half,
    scores.loyalty_score,
    scores.loyalty_half,
    scores.quadrant
from scores
inner join snapshots on scores.snapshot_number = snapshots.snapshot_number
