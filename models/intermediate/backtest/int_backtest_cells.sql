{%- set traits = member_loyalty.loyalty_traits() %}
with outcomes as (
    select * from {{ ref('int_backtest_outcomes') }}
)

select
    origin_date,
    horizon_days,
    outcome,
    member_group,
    {%- for trait in traits %}
    {{ trait }}_score,
    {%- endfor %}
    {{ member_loyalty.backtest_sums() }}
from outcomes
group by
    origin_date,
    horizon_days,
    outcome,
    {%- for trait in traits %}
    {{ trait }}_score,
    {%- endfor %}
    member_group
