{% macro quadrant(contribution_half, loyalty_half) -%}
    {#- Contribution x loyalty: A high, high; B high contribution, low loyalty; C low contribution,
        high loyalty; D low, low. Spec §3, quadrant. Args: SQL expressions, halves 1 or 0. -#}
    {{ return(adapter.dispatch('quadrant', 'member_loyalty')(contribution_half, loyalty_half)) }}
{%- endmacro %}

{% macro default__quadrant(contribution_half, loyalty_half) -%}
    case
        when {{ contribution_half }} = 1 and {{ loyalty_half }} = 1 then 'A'
        when {{ contribution_half }} = 1 and {{ loyalty_half }} = 0 then 'B'
        when {{ contribution_half }} = 0 and {{ loyalty_half }} = 1 then 'C'
        when {{ contribution_half }} = 0 and {{ loyalty_half }} = 0 then 'D'
    end
{%- endmacro %}
