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
    scores.frequency_score,
    scores.referral_score,
    scores.average_order_value_score,
    scores.full_price_score,
    scores.referral_count,
    scores.loyalty_score,
    scores.loyalty_tile
from scores
inner join snapshots on scores.snapshot_number = snapshots.snapshot_number
