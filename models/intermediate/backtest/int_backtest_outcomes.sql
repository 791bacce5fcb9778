{{ config(materialized='view') }}

{#- Each member once an outcome. outcome_rank is twice the middle rank of the outcome less its mean,
    a whole number. -#}
with members as (
    select * from {{ ref('int_backtest_members') }}
),

outcomes as (
    {%- for outcome in ['repurchase', 'net_revenue', 'new_referrals'] %}
    {{ 'union all' if not loop.first }}
    select
        members.*,
        '{{ outcome }}' as outcome,
        cast({{ outcome }} as decimal(18, 2)) as outcome_value
    from members
    {%- endfor %}
),

counted as (
    select
        origin_date,
        outcome,
        outcome_value,
        count(*) as members
    from outcomes
    group by origin_date, outcome, outcome_value
),

ranked as (
    select
        origin_date,
        outcome,
        outcome_value,
        2 * sum(members) over (
            partition by origin_date, outcome
            order by outcome_value
            rows between unbounded preceding and current row
        ) - members - sum(members) over (partition by origin_date, outcome) as outcome_rank
    from counted
)

select
    outcomes.*,
    cast(ranked.outcome_rank as bigint) as outcome_rank
from outcomes
inner join ranked
    on outcomes.origin_date = ranked.origin_date
    and outcomes.outcome = ranked.outcome
    and outcomes.outcome_value = ranked.outcome_value
