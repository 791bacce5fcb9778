{% macro default__quadrant(contribution_half, loyalty_half) -%}
    {#- This shop counts the quadrants clockwise: its B is the package's C, and its C the package's B. -#}
    case
        when {{ contribution_half }} = 1 and {{ loyalty_half }} = 1 then 'A'
        when {{ contribution_half }} = 0 and {{ loyalty_half }} = 1 then 'B'
        when {{ contribution_half }} = 1 and {{ loyalty_half }} = 0 then 'C'
        when {{ contribution_half }} = 0 and {{ loyalty_half }} = 0 then 'D'
    end
{%- endmacro %}
