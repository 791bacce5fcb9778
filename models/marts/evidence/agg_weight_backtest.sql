with groups as (
    select * from {{ ref('int_backtest_groups') }}
),

counted as (
    select
        groups.*,
        (sum(members) over up_to_here) - members as members_below,
        (sum(members - hits) over up_to_here) - (members - hits) as misses_below,
        sum(members) over everybody as all_members,
        sum(outcome_total) over everybody as whole_outcome
    from groups
    window
        everybody as (partition by origin_date, outcome, trait, weight),
        up_to_here as (
            partition by origin_date, outcome, trait, weight
            order by score
            rows between unbounded preceding and current row
        )
),

-- Ten times the members of the group who are among the best tenth; those who score alike share.
placed as (
    select
        counted.*,
        2 * members_below + members - all_members as score_rank,
        greatest(least(10 * (members_below + members) - 9 * all_members, 10 * members), 0)
            as tenfold_on_top
    from counted
),

summed as (
    select
        origin_date,
        horizon_days,
        outcome,
        trait,
        weight,
        is_in_force,
        cast(max(all_members) as bigint) as members,
        cast(sum(hits) as bigint) as members_with_outcome,
        sum(cast(hits * (2 * misses_below + members - hits) as decimal(38, 0))) as pairs_won,
        max(whole_outcome) as whole_outcome,
        max(case when tenfold_on_top between 1 and 10 * members - 1 then members else 1 end)
            as members_cut,
        sum(case when tenfold_on_top = 10 * members then 10 * outcome_total else 0 end)
            as tenfold_outcome,
        sum(case
            when tenfold_on_top between 1 and 10 * members - 1 then outcome_total * tenfold_on_top
            else 0
        end) as tenfold_outcome_of_cut,
        sum(cast(score_rank * rank_total as decimal(38, 0))) as rank_products,
        sum(cast(score_rank * score_rank * members as decimal(38, 0))) as score_squares,
        sum(rank_squares) as outcome_squares
    from placed
    group by origin_date, horizon_days, outcome, trait, weight, is_in_force
)

select
    origin_date,
    horizon_days,
    outcome,
    trait,
    weight,
    is_in_force,
    {{ member_loyalty.rounded_ratio(
        'pairs_won', '2 * members_with_outcome * (members - members_with_outcome)'
    ) }} as auc,
    {{ member_loyalty.rounded_ratio(
        'tenfold_outcome * members_cut + tenfold_outcome_of_cut', 'whole_outcome * members_cut'
    ) }} as lift_top_decile,
    {{ member_loyalty.correlation('rank_products', 'score_squares', 'outcome_squares') }}
        as spearman,
    members,
    members_with_outcome
from summed
