-- What the easiest value of each score was, at each snapshot: of recency the most days. Without
-- measures that are scored among those of one score before (rfm_method: nested).
select
    snapshot_date,
    measure,
    score,
    case when measure = 'recency' then upper_value else lower_value end as cut_value
from agg_score_bounds
where score_partition = 'all' and within_scores = 'all' and score > 0
order by snapshot_date, score
