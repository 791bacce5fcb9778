{% macro period_grains() %}
    {#- The lengths of a period of agg_aarrr. Spec §5. -#}
    {{ return(['day', 'week', 'month']) }}
{% endmacro %}


{% macro period_start(grain, date) -%}
    {#- First day of the period that holds a date: the day, its Monday, the first of its month.
        Spec §5. Args: grain - of period_grains; date - SQL expression. -#}
    {%- if grain == 'day' -%} {{ date }}
    {%- else -%} cast({{ dbt.date_trunc(grain, date) }} as date)
    {%- endif -%}
{%- endmacro %}


{% macro next_period_start(grain, start) -%}
    {#- First day of the period after the one that begins on a date. Args: as period_start. -#}
    {%- if grain == 'day' -%} {{ start }} + 1
    {%- elif grain == 'week' -%} {{ start }} + 7
    {%- else -%} {{ member_loyalty.period_start('month', start ~ ' + 31') }}
    {%- endif -%}
{%- endmacro %}


{% macro is_first_in_period(start, previous_date) -%}
    {#- True where nothing of the kind came earlier in the period that begins on a date: who is
        counted once a period is counted on the first such day. Args: SQL expressions; start - of
        the period of a date, previous_date - the last date of the kind before it, null = none. -#}
    ({{ previous_date }} is null or {{ previous_date }} < {{ start }})
{%- endmacro %}


{% macro is_in_period_before(grain, start, previous_date) -%}
    {#- True where previous_date lies in the period before the one that begins on a date.
        Args: grain - of period_grains; otherwise as is_first_in_period. -#}
    coalesce(
        {{ previous_date }} >= {{ member_loyalty.period_start(grain, start ~ ' - 1') }}
        and {{ previous_date }} < {{ start }},
        false
    )
{%- endmacro %}
