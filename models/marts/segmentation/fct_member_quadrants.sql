select
    snapshot_date,
    member_id,
    contribution_amount,
    contribution_half,
    loyalty_score,
    loyalty_half,
    quadrant
from {{ ref('int_loyalty_scores') }}
where is_published
