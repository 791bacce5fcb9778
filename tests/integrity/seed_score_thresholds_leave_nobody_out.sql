{{ config(severity='warn') }}
-- Who bought within fewer days than the least recency bound scores 0, as spec §3 has it; where the
-- bounds were meant as the most days, those are the best. One row per such set, said in `problem`.
with least as (
    select min(lower_bound) as least_bound
    from {{ ref('score_thresholds') }}
    where measure = 'recency'
)

select
    least_bound,
    'score_thresholds.csv: who bought within the last '
    || {{ member_loyalty.as_text('least_bound') }}
    || ' days scores 0, for recency bounds are the fewest days; give the best score lower_bound 0'
        as problem
from least
where least_bound > 0
