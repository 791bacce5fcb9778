{% macro backtest_sums() -%}
    {#- What is summed of members who score alike. Reads outcome_value and outcome_rank of
        int_backtest_outcomes. -#}
    count(*) as members,
    cast(sum(case when outcome_value > 0 then 1 else 0 end) as bigint) as hits,
    cast(sum(outcome_value) as decimal(38, 2)) as outcome_total,
    cast(sum(outcome_rank) as decimal(38, 0)) as rank_total,
    cast(sum(cast(outcome_rank as decimal(38, 0)) * outcome_rank) as decimal(38, 0))
        as rank_squares
{%- endmacro %}


{% macro backtest_expectations() -%}
    {#- What scripts/backtest.py expects of each history at each origin (BG/NBD); no row where it
        has not run. -#}
    {%- set members = member_loyalty.built('int_backtest_members') -%}
    {%- set expected = adapter.get_relation(
        members.database, members.schema, 'backtest_expectations'
    ) if execute and flags.INTROSPECT else none -%}
    {%- if expected -%}
    select * from {{ expected }}
    {%- else -%}
    select
        origin_date,
        btyd_frequency,
        btyd_recency_days,
        btyd_age_days,
        cast(0 as decimal(18, 6)) as expected_purchases
    from {{ ref('int_backtest_members') }}
    where false
    {%- endif -%}
{%- endmacro %}


{% macro tenfold_share(total) -%}
    {#- Ten times what a tenth of the members has of the total of a group who score alike: the whole
        where all of them are in it, else their share, rounded so that sums do not depend on their
        order. Args: total - column. Reads members, and tenfold_members, those in the tenth. -#}
    case
        when tenfold_members = 10 * members then cast(10 * {{ total }} as decimal(38, 6))
        else {{ member_loyalty.rounded_ratio(total ~ ' * tenfold_members', 'members') }}
    end
{%- endmacro %}
