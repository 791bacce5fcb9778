{% macro interval_start(date) -%}
    {#- First day of the snapshot interval (var snapshot_interval: day, week from Monday, month)
        that holds a date. Spec §7. Args: date - SQL expression. -#}
    {{ return(adapter.dispatch('interval_start', 'member_loyalty')(date)) }}
{%- endmacro %}

{% macro default__interval_start(date) -%}
    {%- if var('snapshot_interval') == 'day' -%} {{ date }}
    {%- else -%} cast({{ dbt.date_trunc(var('snapshot_interval'), date) }} as date)
    {%- endif -%}
{%- endmacro %}


{% macro interval_end(date) -%}
    {#- Last day of the snapshot interval that holds a date: the day itself, its Sunday or its month
        end. Spec §7. Args: date - SQL expression. -#}
    {{ return(adapter.dispatch('interval_end', 'member_loyalty')(date)) }}
{%- endmacro %}

{% macro default__interval_end(date) -%}
    {%- if var('snapshot_interval') == 'day' -%} {{ date }}
    {%- elif var('snapshot_interval') == 'week' -%} {{ member_loyalty.interval_start(date) }} + 6
    {%- else -%} cast({{ dbt.last_day(date, 'month') }} as date)
    {%- endif -%}
{%- endmacro %}
