{% macro explained_rules_in_one_row() -%}
    {#- A query: what agg_score_rules has on each measure side by side, a row a snapshot and
        partition: <measure>_half_cut, and <trait>_weight as text. -#}
    select
        snapshot_date,
        score_partition
        {%- for measure in member_loyalty.explained_measures() %},
        max(case when measure = '{{ measure }}' then upper_half_from end) as {{ measure }}_half_cut
        {%- endfor %}
        {%- for trait in member_loyalty.loyalty_traits() %},
        {{ member_loyalty.plain_number(
            "max(case when measure = '" ~ trait ~ "' then loyalty_weight end)"
        ) }} as {{ trait }}_weight
        {%- endfor %}
    from {{ ref('agg_score_rules') }}
    group by snapshot_date, score_partition
{%- endmacro %}


{% macro explained_bounds_in_one_row() -%}
    {#- A query: the bounds of agg_score_bounds side by side as text, a row a snapshot, partition
        and scores within which is cut: <measure>_range_<score>, least to greatest value. -#}
    select
        snapshot_date,
        score_partition,
        within_scores
        {%- for measure, told in member_loyalty.explained_measures().items() if told.score %}
        {%- for score in range(1, member_loyalty.checked_var('score_bins') + 1) %},
        max(case
            when measure = '{{ measure }}' and score = {{ score }}
                then concat(
                    {{ member_loyalty.explained_text(measure, 'lower_value') }}, '–',
                    {{ member_loyalty.explained_text(measure, 'upper_value') }}
                )
        end) as {{ measure }}_range_{{ score }}
        {%- endfor %}
        {%- endfor %}
    from {{ ref('agg_score_bounds') }}
    group by snapshot_date, score_partition, within_scores
{%- endmacro %}


{% macro explained_bounds(measure) -%}
    {#- Prefix of the bounds of a measure for a member: those of everybody, or of who has the same
        scores before (var rfm_method). -#}
    {{ return(
        (measure ~ '_bounds.') if member_loyalty.score_parents(measure) else 'bounds.'
    ) }}
{%- endmacro %}


{% macro explained_cut_points(measure) -%}
    {#- All ranges of a measure in one text, such as `5 [0–14] 4 [15–40]`, the best score first. -#}
    trim(concat(
        {%- for score in range(member_loyalty.checked_var('score_bins'), 0, -1) %}
        {%- set range = member_loyalty.explained_bounds(measure) ~ measure ~ '_range_' ~ score %}
        case when {{ range }} is null then '' else concat('{{ score }} [', {{ range }}, '] ') end
        {{- ',' if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}


{% macro explained_range(measure, score) -%}
    {#- The range of the score that a member has. Args: score - column of fct_rfm_scores or
        fct_loyalty_scores. -#}
    case {{ 'scores' if score in ['r_score', 'f_score', 'm_score'] else 'loyalty' }}.{{ score }}
        {%- for score in range(1, member_loyalty.checked_var('score_bins') + 1) %}
        when {{ score }}
            then {{ member_loyalty.explained_bounds(measure) }}{{ measure }}_range_{{ score }}
        {%- endfor %}
    end
{%- endmacro %}


{% macro explained_box() -%}
    {#- The box of rfm_segments in which a cell lies, such as `R 4–5, F 4–5, M 1–3`. -#}
    concat(
        {%- for score in ['r', 'f', 'm'] %}
        '{{ score | upper }} ', cells.{{ score }}_from, '–', cells.{{ score }}_to
        {{- ", ', '," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
