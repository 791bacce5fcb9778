{% macro double_of(number) -%}
    {#- A number as an IEEE double: for square roots, and what is computed from them. -#}
    {{ return(adapter.dispatch('double_of', 'member_loyalty')(number)) }}
{%- endmacro %}

{% macro duckdb__double_of(number) -%}
    cast({{ number }} as double)
{%- endmacro %}

{% macro spark__double_of(number) -%}
    cast({{ number }} as double)
{%- endmacro %}


{% macro double_ratio(numerator, denominator) -%}
    {#- Quotient of two doubles; null where the denominator is 0. -#}
    {{ return(adapter.dispatch('double_ratio', 'member_loyalty')(numerator, denominator)) }}
{%- endmacro %}

{% macro duckdb__double_ratio(numerator, denominator) -%}
    (({{ numerator }}) / nullif({{ denominator }}, 0))
{%- endmacro %}

{% macro spark__double_ratio(numerator, denominator) -%}
    (({{ numerator }}) / nullif({{ denominator }}, 0))
{%- endmacro %}


{% macro square_root(number) -%}
    {#- Square root of a double that is not negative. -#}
    {{ return(adapter.dispatch('square_root', 'member_loyalty')(number)) }}
{%- endmacro %}

{% macro duckdb__square_root(number) -%}
    sqrt({{ number }})
{%- endmacro %}

{% macro spark__square_root(number) -%}
    sqrt({{ number }})
{%- endmacro %}


{% macro natural_logarithm(number) -%}
    {#- Natural logarithm of a double above 0. -#}
    {{ return(adapter.dispatch('natural_logarithm', 'member_loyalty')(number)) }}
{%- endmacro %}

{% macro duckdb__natural_logarithm(number) -%}
    ln({{ number }})
{%- endmacro %}

{% macro spark__natural_logarithm(number) -%}
    ln({{ number }})
{%- endmacro %}


{% macro wide_whole(number) -%}
    {#- A whole number in the widest exact type: for products and their sums. -#}
    {{ return(adapter.dispatch('wide_whole', 'member_loyalty')(number)) }}
{%- endmacro %}

{% macro duckdb__wide_whole(number) -%}
    cast({{ number }} as hugeint)
{%- endmacro %}

{% macro spark__wide_whole(number) -%}
    cast({{ number }} as decimal(38, 0))
{%- endmacro %}


{% macro six_places(number) -%}
    {#- A double as a decimal of 6 places, so that the last bits of an engine do not show. -#}
    cast(round({{ number }}, 6) as decimal(18, 6))
{%- endmacro %}
