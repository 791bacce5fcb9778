{% macro inlined() -%}
    {#- Put after `as` of a CTE that is used more than once and must not be kept in memory. -#}
    {{ return(adapter.dispatch('inlined', 'member_loyalty')()) }}
{%- endmacro %}

{% macro duckdb__inlined() -%}
    not materialized
{%- endmacro %}
