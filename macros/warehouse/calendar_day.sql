{% macro calendar_day(date) -%}
    {#- The day of int_calendar on which a date is first seen: the date, or the first order's date
        where it is earlier. Needs a relation `as_of_date`. Args: date - SQL expression; null stays
        null. -#}
    case
        when {{ date }} < as_of_date.first_order_on then as_of_date.first_order_on
        else {{ date }}
    end
{%- endmacro %}
