{% macro is_in_upper_half(measure) -%}
    {#- True for a value whose middle rank among the active lies above the middle of all ranks, so a
        tie goes to one side as a whole and the exact middle is lower; for recency, below it.
        Spec §3, half. Reads lowest_rank, highest_rank, active_members.
        Args: measure - SQL expression, its name. -#}
    {{ return(adapter.dispatch('is_in_upper_half', 'member_loyalty')(measure)) }}
{%- endmacro %}

{% macro default__is_in_upper_half(measure) -%}
    case
        when {{ measure }} = 'recency' then lowest_rank + highest_rank < active_members + 1
        else lowest_rank + highest_rank > active_members + 1
    end
{%- endmacro %}


{% macro half(measure, value, is_active, cuts) -%}
    {#- 1 = upper half, 0 = lower half or inactive. Spec §3, half.
        Args: as quintile_score; half_cut is the value of the upper half that is nearest to the
        lower. -#}
    {{ return(adapter.dispatch('half', 'member_loyalty')(measure, value, is_active, cuts)) }}
{%- endmacro %}

{% macro default__half(measure, value, is_active, cuts) -%}
    case
        when {{ is_active }}
            and {{ value }} {{ '<=' if measure == 'recency' else '>=' }} {{ cuts }}half_cut
            then 1
        else 0
    end
{%- endmacro %}
