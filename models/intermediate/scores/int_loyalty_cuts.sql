with score_values as (
    select
        snapshot_number,
        score_partition,
        'loyalty' as measure,
        member_id,
        loyalty_score as measure_value
    from {{ ref('int_trait_scores') }}
    where loyalty_score > 0
),

{{ member_loyalty.score_cuts('score_values', ['loyalty']) }}

select * from cuts
