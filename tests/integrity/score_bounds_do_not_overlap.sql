-- A higher score begins beyond the values of the lower ones, recency the other way round (spec §3);
-- only where ties are split may they share the value in between. One row per score that does not.
with bounds as (
    select
        snapshot_date,
        score_partition,
        measure,
        within_scores,
        score,
        case when measure = 'recency' then -upper_value else lower_value end as least_merit,
        case when measure = 'recency' then -lower_value else upper_value end as greatest_merit
    from {{ member_loyalty.rows_to_test(ref('agg_score_bounds')) }}
    where score > 0
),

with_score_below as (
    select
        bounds.*,
        max(greatest_merit) over (
            partition by snapshot_date, score_partition, measure, within_scores
            order by score
            rows between unbounded preceding and 1 preceding
        ) as greatest_merit_below
    from bounds
)

select * from with_score_below
where (least_merit <= greatest_merit) is not true
    or least_merit {{ '<' if var('tie_policy') == 'split' else '<=' }} greatest_merit_below
