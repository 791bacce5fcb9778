{% macro build_started_at() %}
    {#- When this build began, UTC, as SQL. For the build log only. -#}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}


{% macro seconds_since_start() %}
    {#- Seconds from the start of the build to the moment at which a model that calls this runs. For
        the build log only: no mart depends on a clock. -#}
    {%- set passed = modules.datetime.datetime.now(modules.pytz.utc) - run_started_at -%}
    {{ return(passed.total_seconds() | round(1)) }}
{% endmacro %}
