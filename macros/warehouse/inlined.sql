{% macro inlined() -%}
    {#- Put after `as` of a CTE that is used more than once and must not be kept in memory. -#}
    {{ return(adapter.dispatch('inlined', 'member_loyalty')()) }}
{%- endmacro %}

{% macro duckdb__inlined() -%}
    not materialized
{%- endmacro %}

{% macro spark__inlined() -%}
{%- endmacro %}


{% macro kept() -%}
    {#- Put after `as` of a CTE that is used more than once and is to be computed once. -#}
    {{ return(adapter.dispatch('kept', 'member_loyalty')()) }}
{%- endmacro %}

{% macro duckdb__kept() -%}
    materialized
{%- endmacro %}

{% macro spark__kept() -%}
    {#- Spark has no such word: it puts the CTE in twice, and reads equal exchanges once. -#}
{%- endmacro %}
