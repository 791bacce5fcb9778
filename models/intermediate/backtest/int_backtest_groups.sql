with scored as (
    select
        cells.*,
        weights.trait,
        weights.weight,
        weights.is_in_force,
        {{ member_loyalty.loyalty_score('weights') | indent(8) }} as score
    from {{ ref('int_backtest_cells') }} as cells
    cross join {{ ref('int_backtest_weights') }} as weights
),

baselines as (
    select * from {{ ref('int_backtest_baselines') }}
)

select
    origin_date,
    horizon_days,
    outcome,
    trait,
    weight,
    is_in_force,
    cast(score as decimal(18, 6)) as score,
    sum(members) as members,
    sum(hits) as hits,
    sum(outcome_total) as outcome_total,
    sum(rank_total) as rank_total,
    sum(rank_squares) as rank_squares
from scored
group by origin_date, horizon_days, outcome, trait, weight, is_in_force, score
union all
select
    origin_date,
    horizon_days,
    outcome,
    trait,
    cast(1 as decimal(18, 4)) as weight,
    false as is_in_force,
    score,
    {{ member_loyalty.backtest_sums() }}
from baselines
group by origin_date, horizon_days, outcome, trait, score
