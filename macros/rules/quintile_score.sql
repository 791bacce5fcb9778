{% macro tile_start(tile, members) -%}
    {#- The rank at which a tile of NTILE(score_bins) over so many members begins: the first
        (members mod bins) tiles hold one more than the others. Spec §3, quintile score.
        Args: tile - 1..score_bins; members - SQL expression, the number of active members. -#}
    {%- set bins = member_loyalty.checked_var('score_bins') -%}
    {%- set smaller = member_loyalty.int_div(members, bins) -%}
    (
        {{ tile - 1 }} * {{ smaller }}
        + least({{ tile - 1 }}, {{ members }} - {{ bins }} * {{ smaller }}) + 1
    )
{%- endmacro %}


{% macro tie_rank() -%}
    {#- The rank by which a value is dealt into tiles (var tie_policy): low = the lowest rank of its
        tie, so that equal members are equal and never above their merit; high = the highest;
        split = each member's own rank. Spec §3, ties. Reads lowest_rank and highest_rank. -#}
    {{ return(adapter.dispatch('tie_rank', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__tie_rank() -%}
    {{ 'highest_rank' if var('tie_policy') == 'high' else 'lowest_rank' }}
{%- endmacro %}


{% macro quintile_score(measure, value, is_active, cuts) -%}
    {#- The score 0..score_bins of a raw value: 0 for the inactive, else the score whose interval
        holds it. Spec §3, quintile score. A higher value scores higher; recency runs the other way.

        Args:
            measure: name of the measure.
            value, is_active: SQL expressions.
            cuts: prefix of the columns of the cuts, such as `cuts.`; cut_<s> is the least value
                that scores s (null = nobody does), cut_<s>_member_id the first such member where
                ties are split. -#}
    {{ return(adapter.dispatch('quintile_score', 'member_loyalty')(
        measure, value, is_active, cuts
    )) }}
{%- endmacro %}

{% macro default__quintile_score(measure, value, is_active, cuts) -%}
    {%- set scores = range(1, member_loyalty.checked_var('score_bins') + 1) | list -%}
    case
        when {{ is_active }} then
            case
                {%- for score in (scores if measure == 'recency' else scores | reverse) %}
                when {{ member_loyalty.reaches_cut(value, cuts ~ 'cut_' ~ score) }}
                    then {{ score }}
                {%- endfor %}
                else 0
            end
        else 0
    end
{%- endmacro %}


{% macro reaches_cut(value, cut) -%}
    {#- True where a value is at or beyond a cut; where ties are split, an equal value is when the
        member's id is (bytewise). Args: SQL expressions; reads member_id. -#}
    {%- if var('tie_policy') == 'split' -%}
    ({{ value }} > {{ cut }} or ({{ value }} = {{ cut }}
        and ({{ cut }}_member_id is null or member_id >= {{ cut }}_member_id)))
    {%- else -%}
    {{ value }} >= {{ cut }}
    {%- endif -%}
{%- endmacro %}
