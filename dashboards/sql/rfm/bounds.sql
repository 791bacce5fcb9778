-- The values that have each score, by partition, at the last snapshot; no values where they depend
-- on the scores before (rfm_method: nested).
with bounds as (
    select
        score_partition,
        measure,
        score,
        lower_value,
        upper_value,
        case
            when score > 0 and within_scores <> 'all' then 'nested'
            when score = 0 and lower_value is null then 'never'
            when score = 0 then 'inactive'
            when lower_value = upper_value then 'one'
            else 'range'
        end as wording
    from agg_score_bounds
    where snapshot_date = (select max(snapshot_date) from agg_score_bounds)
)

select
    score_partition,
    score,
    max(case when measure = 'recency' then wording end) as recency_wording,
    max(case when measure = 'recency' then lower_value end) as recency_lower,
    max(case when measure = 'recency' then upper_value end) as recency_upper,
    max(case when measure = 'frequency' then wording end) as frequency_wording,
    max(case when measure = 'frequency' then lower_value end) as frequency_lower,
    max(case when measure = 'frequency' then upper_value end) as frequency_upper,
    max(case when measure = 'monetary' then wording end) as monetary_wording,
    max(case when measure = 'monetary' then lower_value end) as monetary_lower,
    max(case when measure = 'monetary' then upper_value end) as monetary_upper
from bounds
where measure in ('recency', 'frequency', 'monetary')
group by score_partition, score
order by score_partition, score desc
