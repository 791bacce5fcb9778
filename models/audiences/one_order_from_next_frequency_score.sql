-- One more order lifts the member to the next frequency score.
with bounds as (
    select
        snapshot_date,
        within_scores,
        lower_value,
        max(score) as score
    from {{ ref('agg_score_bounds') }}
    where score_partition = 'all' and measure = 'frequency'
    group by snapshot_date, within_scores, lower_value
)

select
    scores.snapshot_date,
    scores.member_id
from {{ ref('fct_rfm_scores') }} as scores
inner join bounds
    on scores.snapshot_date = bounds.snapshot_date
    and scores.frequency + 1 = bounds.lower_value
    and {{ member_loyalty.within_scores('frequency', 'scores.') }} = bounds.within_scores
where scores.score_partition = 'all' and scores.f_score between 1 and bounds.score - 1
