{% macro is_enrolled(joined_on, closed_on, date) -%}
    {#- Enrolled at a date: joined by then and not closed by then. Spec §2, member. Null where
        joined_on is. Args: SQL expressions. -#}
    {{ return(adapter.dispatch('is_enrolled', 'member_loyalty')(joined_on, closed_on, date)) }}
{%- endmacro %}

{% macro default__is_enrolled(joined_on, closed_on, date) -%}
    {{ joined_on }} <= {{ date }} and ({{ closed_on }} is null or {{ closed_on }} > {{ date }})
{%- endmacro %}
