with groups as (
    select * from {{ ref('int_backtest_groups') }}
),

counted as (
    select
        groups.*,
        cast((sum(members) over downwards) - members as bigint) as members_above,
        cast(members as bigint) as group_members,
        cast(sum(members) over everybody as bigint) as all_members,
        sum(outcome_total) over everybody as whole_outcome
    from groups
    window
        everybody as (partition by origin_date, outcome, trait, weight),
        downwards as (
            partition by origin_date, outcome, trait, weight
            order by score desc
            rows between unbounded preceding and current row
        )
),

-- A group who score alike lies in one tenth or shares several.
placed as (
    select
        counted.*,
        {{ member_loyalty.unnest_integers(
            member_loyalty.int_div('10 * members_above', 'all_members') ~ ' + 1',
            member_loyalty.int_div(
                '10 * (members_above + group_members) - 1', 'all_members'
            ) ~ ' + 1',
        ) }} as decile
    from counted
),

shared as (
    select
        placed.*,
        least(10 * (members_above + members), decile * all_members)
        - greatest(10 * members_above, (decile - 1) * all_members) as tenfold_members
    from placed
),

deciles as (
    select
        origin_date,
        horizon_days,
        outcome,
        trait,
        weight,
        is_in_force,
        decile,
        max(all_members) as all_members,
        max(whole_outcome) as whole_outcome,
        min(score) as lowest_score,
        max(score) as highest_score,
        sum(score * tenfold_members) as tenfold_score,
        sum({{ member_loyalty.tenfold_share('hits') }}) as tenfold_hits,
        sum({{ member_loyalty.tenfold_share('outcome_total') }}) as tenfold_outcome_total
    from shared
    group by origin_date, horizon_days, outcome, trait, weight, is_in_force, decile
),

cumulated as (
    select
        deciles.*,
        sum(tenfold_outcome_total) over (
            partition by origin_date, outcome, trait, weight
            order by decile
            rows between unbounded preceding and current row
        ) as tenfold_outcome_above
    from deciles
)

select
    origin_date,
    horizon_days,
    outcome,
    trait,
    weight,
    cast(decile as integer) as decile,
    is_in_force,
    cast(all_members * 0.1 as decimal(18, 1)) as members,
    lowest_score,
    highest_score,
    {{ member_loyalty.rounded_ratio('tenfold_score', 'all_members') }} as mean_score,
    {{ member_loyalty.rounded_ratio('tenfold_hits', 'all_members') }} as outcome_rate,
    {{ member_loyalty.rounded_ratio('tenfold_outcome_total', 'all_members') }} as mean_outcome,
    {{ member_loyalty.rounded_ratio('tenfold_outcome_total', 'whole_outcome') }} as lift,
    {{ member_loyalty.rounded_ratio('tenfold_outcome_above', '10 * whole_outcome') }} as gain
from cumulated
