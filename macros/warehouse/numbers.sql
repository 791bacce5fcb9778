{% macro to_decimal(text, precision, scale) -%}
    {#- Text that is known to be a plain number as a decimal; null where it does not fit. -#}
    {{ return(adapter.dispatch('to_decimal', 'member_loyalty')(text, precision, scale)) }}
{%- endmacro %}

{% macro duckdb__to_decimal(text, precision, scale) -%}
    try_cast({{ text }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}


{% macro int_div(dividend, divisor) -%}
    {#- Whole quotient of two integers, exact, cut towards zero. -#}
    {{ return(adapter.dispatch('int_div', 'member_loyalty')(dividend, divisor)) }}
{%- endmacro %}

{% macro duckdb__int_div(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}


{% macro exact_ratio(numerator, denominator, places) -%}
    {#- numerator / denominator rounded half away from zero to `places` decimals; null where the
        denominator is null or 0. The quotient is found in integers, because engines divide decimals
        with different scales (design: determinism). Numerator: at most 6 decimals. -#}
    {{ return(adapter.dispatch('exact_ratio', 'member_loyalty')(numerator, denominator, places)) }}
{%- endmacro %}

{% macro duckdb__exact_ratio(numerator, denominator, places) -%}
    {%- set scaled = "cast(cast(abs(" ~ numerator ~ ") as decimal(31, 6)) * 1000000 as hugeint)" -%}
    {%- set divisor = "cast(cast(abs(" ~ denominator ~ ") as decimal(31, 6)) * 1000000 as hugeint)" -%}
    cast(
        sign({{ numerator }}) * sign({{ denominator }})
        * ((2 * {{ scaled }} * {{ 10 ** places }} + {{ divisor }}) // nullif(2 * {{ divisor }}, 0))
        as decimal(38, 0)
    ) * cast({{ '0.' ~ '0' * (places - 1) ~ '1' }} as decimal({{ places + 1 }}, {{ places }}))
{%- endmacro %}
