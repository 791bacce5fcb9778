-- Score thresholds name scores 1 to score_bins, and their bounds rise strictly with the score;
-- those of recency, in days, fall (spec §3). What is nested in other scores has no bounds. One row
-- per fault, said in `problem`.
with thresholds as (
    select * from {{ ref('score_thresholds') }}
),

with_bound_below as (
    select
        measure,
        score,
        lower_bound,
        lag(lower_bound) over (partition by measure order by score asc) as bound_below
    from thresholds
),

judged as (
    select
        measure,
        score,
        lower_bound,
        bound_below,
        case
            when measure in ('frequency', 'monetary')
                and {{ 'true' if member_loyalty.score_parents('frequency') else 'false' }}
                then 'score_thresholds.csv: what is nested (var rfm_method) has no bounds'
            when score < 1 or score > {{ var('score_bins') }}
                then 'score_thresholds.csv: score is not from 1 to {{ var("score_bins") }}'
            when measure = 'recency' and lower_bound >= bound_below
                then 'score_thresholds.csv: recency bounds must fall as the score rises'
            when measure <> 'recency' and lower_bound <= bound_below
                then 'score_thresholds.csv: bounds must rise with the score'
        end as problem
    from with_bound_below
)

select * from judged
where problem is not null
