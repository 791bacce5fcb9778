{% macro score_parents(measure) %}
    {#- The scores within which a measure is cut into tiles (var rfm_method): independent = none,
        among everybody; nested = frequency among those of one recency score, monetary among those
        of one recency and frequency score. Spec §3, RFM.
        Args: measure - its name. Returns: list of columns. -#}
    {{ return(adapter.dispatch('score_parents', 'member_loyalty')(measure)) }}
{% endmacro %}

{% macro default__score_parents(measure) %}
    {%- set nested = {'frequency': ['r_score'], 'monetary': ['r_score', 'f_score']} -%}
    {{ return(nested.get(measure, []) if var('rfm_method') == 'nested' else []) }}
{% endmacro %}


{% macro within_scores(measure, scores='') -%}
    {#- Among whom a measure is cut, as text: `all`, or the scores of score_parents, such as `r5` or
        `r5f3`. Args: measure - its name; scores - prefix of their columns, such as `scores.`. -#}
    {%- set parents = member_loyalty.score_parents(measure) -%}
    {%- if parents -%}
    concat(
        {%- for parent in parents %}'{{ parent[0] }}', {{ scores }}{{ parent }}
        {{- ', ' if not loop.last }}{% endfor -%}
    )
    {%- else -%} 'all'
    {%- endif -%}
{%- endmacro %}


{% macro with_nested_score(scored, measure, value, is_active, cuts) -%}
    {#- A query: the rows of `scored` with the score of a measure among those of the same parents.
        Spec §3, RFM. Args: scored - relation with the parents' scores; measure, value, is_active -
        as quintile_score; cuts - relation of its cuts. -#}
    select
        scored.*,
        {{ member_loyalty.quintile_score(measure, value, is_active, 'cuts.') | indent(8) }}
            as {{ measure[0] }}_score
    from {{ scored }} as scored
    left join {{ cuts }} as cuts
        on scored.snapshot_number = cuts.snapshot_number
        and scored.score_partition = cuts.score_partition
        {%- for parent in member_loyalty.score_parents(measure) %}
        and scored.{{ parent }} = cuts.{{ parent }}
        {%- endfor %}
{%- endmacro %}


{% macro nested_values(scored, measure, value, is_active) -%}
    {#- A query: the raw values of a measure, as in int_score_values, with the scores of its
        parents; no row where it has none. Args: as with_nested_score. -#}
    {%- set parents = member_loyalty.score_parents(measure) -%}
    select
        snapshot_number,
        score_partition,
        {%- for parent in parents %}
        {{ parent }},
        {%- endfor %}
        '{{ measure }}' as measure,
        member_id,
        cast({{ value }} as decimal(18, 4)) as measure_value
    from {{ scored }}
    where {{ is_active if parents else 'false' }}
{%- endmacro %}


{% macro recency_scores(measures, cuts) -%}
    {#- A query: the rows of int_member_measures with their recency score, for what is nested in it.
        Args: relations. -#}
    select
        measures.*,
        {{ member_loyalty.quintile_score(
            'recency', 'recency_days', 'orders > 0', 'cuts.'
        ) | indent(8) }} as r_score
    from {{ measures }} as measures
    left join {{ cuts }} as cuts
        on measures.snapshot_number = cuts.snapshot_number
        and measures.score_partition = cuts.score_partition
        and cuts.measure = 'recency'
{%- endmacro %}
