{% macro nearest_bound(measure, value, lower_value, upper_value) -%}
    {#- The bound of the next score that a member reaches first: the greatest value where the member
        has as much or more, else the least; without a value the least, for recency the most days.
        Spec §6, fct_next_steps. Args: SQL expressions. -#}
    {{ return(adapter.dispatch('nearest_bound', 'member_loyalty')(
        measure, value, lower_value, upper_value
    )) }}
{%- endmacro %}

{% macro default__nearest_bound(measure, value, lower_value, upper_value) -%}
    case
        when {{ value }} is null and {{ measure }} = 'recency' then {{ upper_value }}
        when {{ value }} >= {{ upper_value }} then {{ upper_value }}
        else {{ lower_value }}
    end
{%- endmacro %}
