{{ config(materialized='view') }}

{#- Each outcome once a baseline, which is one measure by itself. Who has never bought comes last in
    recency and has nothing to expect. -#}
{%- set scores = {
    'recency': 'coalesce(-outcomes.recency_days, -1000000)',
    'frequency': 'outcomes.frequency',
    'monetary': 'outcomes.monetary_amount',
    'rfm': 'outcomes.rfm_score',
    'bg_nbd': 'coalesce(expected.expected_purchases, 0)',
    'random': '0',
} %}
with outcomes as (
    select * from {{ ref('int_backtest_outcomes') }}
),

expected as {{ member_loyalty.kept() }} (
    {{ member_loyalty.backtest_expectations() }}
),

fitted as (
    select origin_date
    from expected
    group by origin_date
),

baselines as (
    {%- for trait in scores %}
    {{ 'union all' if not loop.first }}
    select '{{ trait }}' as trait
    {%- endfor %}
)

select
    outcomes.origin_date,
    outcomes.horizon_days,
    outcomes.outcome,
    outcomes.outcome_value,
    outcomes.outcome_rank,
    baselines.trait,
    case baselines.trait
        {%- for trait, score in scores.items() %}
        when '{{ trait }}' then cast({{ score }} as decimal(18, 6))
        {%- endfor %}
    end as score
from outcomes
cross join baselines
left join fitted on outcomes.origin_date = fitted.origin_date
left join expected
    on outcomes.origin_date = expected.origin_date
    and outcomes.btyd_frequency = expected.btyd_frequency
    and outcomes.btyd_recency_days = expected.btyd_recency_days
    and outcomes.btyd_age_days = expected.btyd_age_days
where baselines.trait <> 'bg_nbd' or fitted.origin_date is not null
