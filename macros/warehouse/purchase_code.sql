{% macro purchase_code(first_date) -%}
    {#- purchase_on and gap_days (null = no earlier purchase) in one integer that sorts by date: the
        days since first_date times 10,000,000, plus gap_days + 1. -#}
    {{ member_loyalty.days_between(first_date, 'purchase_on') }} * 10000000
    + coalesce(gap_days + 1, 0)
{%- endmacro %}


{% macro purchase_code_date(code, first_date) -%}
    {#- The purchase date in a purchase_code. -#}
    {{ first_date }} + cast({{ member_loyalty.int_div(code, 10000000) }} as integer)
{%- endmacro %}


{% macro purchase_code_gap(code) -%}
    {#- The days since the purchase before, in a purchase_code; null where there is none. -#}
    nullif(cast(mod({{ code }}, 10000000) as integer), 0) - 1
{%- endmacro %}
