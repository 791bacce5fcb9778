{% macro loyalty_band(loyalty_tile) -%}
    {#- The band of a loyalty tile: none for tile 0, else the third of the tiles in which it lies:
        of 5 tiles 1 is low, 2 and 3 are medium, 4 and 5 high. Null without a tile.
        Args: loyalty_tile - SQL expression, 0..score_bins. -#}
    {{ return(adapter.dispatch('loyalty_band', 'member_loyalty')(loyalty_tile)) }}
{%- endmacro %}

{% macro default__loyalty_band(loyalty_tile) -%}
    {%- set bins = member_loyalty.checked_var('score_bins') -%}
    case
        when {{ loyalty_tile }} = 0 then 'none'
        when 3 * {{ loyalty_tile }} <= {{ bins }} then 'low'
        when 3 * {{ loyalty_tile }} <= {{ 2 * bins }} then 'medium'
        when {{ loyalty_tile }} <= {{ bins }} then 'high'
    end
{%- endmacro %}


{% macro play_name(segment_family, segment) -%}
    {#- How a row of the playbook is named as a tag, such as lifecycle:dormant. Args: SQL
        expressions. -#}
    concat({{ segment_family }}, ':', {{ segment }})
{%- endmacro %}
