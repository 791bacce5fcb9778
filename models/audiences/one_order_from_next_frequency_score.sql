-- One more order lifts the member to the next frequency score.
select
    scores.snapshot_date,
    scores.member_id
from {{ ref('fct_rfm_scores') }} as scores
inner join {{ ref('agg_score_bounds') }} as bounds
    on scores.snapshot_date = bounds.snapshot_date
    and scores.score_partition = bounds.score_partition
    and scores.frequency + 1 = bounds.lower_value
    and {{ member_loyalty.within_scores('frequency', 'scores.') }} = bounds.within_scores
where scores.score_partition = 'all'
    and scores.f_score between 1 and bounds.score - 1
    and bounds.measure = 'frequency'
