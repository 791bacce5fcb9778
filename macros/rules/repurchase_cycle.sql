{% macro is_within_cycle(days, cycle) -%}
    {#- True where so many days are no more than the repurchase cycle, exactly. Spec §4.
        Args: days - SQL expression; cycle - alias of a row of int_repurchase_cycles. -#}
    {{ days }} * {{ cycle }}.cycle_denominator <= {{ cycle }}.cycle_numerator
{%- endmacro %}


{% macro is_beyond_cycles(days, cycles, cycle) -%}
    {#- True where so many days are more than a number of cycles; days null = longer than anything.
        Spec §4, dormant run. Args: days, cycle - as is_within_cycle; cycles - a number. -#}
    (
        {{ days }} is null
        or {{ days }} * {{ cycle }}.cycle_denominator > {{ cycles }} * {{ cycle }}.cycle_numerator
    )
{%- endmacro %}
