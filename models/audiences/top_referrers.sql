-- The highest referral score that anybody has at the snapshot.
with highest as (
    select
        snapshot_date,
        max(score) as score
    from {{ ref('agg_score_bounds') }}
    where measure = 'referral' and score > 0
    group by snapshot_date
)

select
    scores.snapshot_date,
    scores.member_id
from {{ ref('fct_loyalty_scores') }} as scores
inner join highest
    on scores.snapshot_date = highest.snapshot_date
    and scores.referral_score = highest.score
