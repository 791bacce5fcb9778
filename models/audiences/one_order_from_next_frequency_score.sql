-- One more order lifts the member to the next frequency score.
select
    scores.snapshot_date,
    scores.member_id
from {{ ref('fct_rfm_scores') }} as scores
where scores.score_partition = 'all'
    and scores.f_score >= 1
    and exists (
        select 1
        from {{ ref('agg_score_bounds') }} as bounds
        where bounds.snapshot_date = scores.snapshot_date
            and bounds.score_partition = scores.score_partition
            and bounds.measure = 'frequency'
            and bounds.within_scores
            = {{ member_loyalty.within_scores('frequency', 'scores.') }}
            and bounds.score > scores.f_score
            and bounds.lower_value = scores.frequency + 1
    )
