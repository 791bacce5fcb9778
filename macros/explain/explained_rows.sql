{% macro has_order() -%}
    {#- True for a member with a valid order in the window: who has none has no value class. Spec
        §3. Reads scores, a row of fct_rfm_scores or none. -#}
    coalesce(scores.rfm_value_class <> 'none', false)
{%- endmacro %}


{% macro explained_marts() -%}
    {#- The marts that labels are explained from, joined to each row of fct_lifecycle_snapshots:
        a row a partition, and one for those who are not enrolled. -#}
    from {{ ref('fct_lifecycle_snapshots') }} as stages
    inner join {{ ref('dim_members') }} as members on stages.member_id = members.member_id
    inner join {{ ref('fct_aipl_stages') }} as aipl
        on stages.snapshot_date = aipl.snapshot_date and stages.member_id = aipl.member_id
    left join {{ ref('fct_rfm_scores') }} as scores
        on stages.snapshot_date = scores.snapshot_date and stages.member_id = scores.member_id
    left join {{ ref('fct_rfm_scores') }} as onset
        on stages.dormant_since = onset.snapshot_date
        and stages.member_id = onset.member_id
        and onset.score_partition = {{ member_loyalty.all_partitions() }}
    left join {{ ref('fct_loyalty_scores') }} as loyalty
        on stages.snapshot_date = loyalty.snapshot_date and stages.member_id = loyalty.member_id
    left join {{ ref('fct_member_quadrants') }} as quadrants
        on stages.snapshot_date = quadrants.snapshot_date
        and stages.member_id = quadrants.member_id
    left join {{ ref('fct_member_tags') }} as tags
        on stages.member_id = tags.member_id
        and tags.tag_family = 'next_best_action'
        and stages.snapshot_date >= tags.valid_from
        and (tags.valid_to is null or stages.snapshot_date < tags.valid_to)
    {{ member_loyalty.explained_rule_joins() }}
{%- endmacro %}


{% macro explained_rule_joins() -%}
    {#- Of explained_marts: the rules, bounds and box of a row of scores. -#}
    left join rules
        on stages.snapshot_date = rules.snapshot_date
        and coalesce(scores.score_partition, {{ member_loyalty.all_partitions() }})
        = rules.score_partition
    left join bounds
        on stages.snapshot_date = bounds.snapshot_date
        and scores.score_partition = bounds.score_partition
        and bounds.within_scores = 'all'
    {%- for measure in ['frequency', 'monetary'] if member_loyalty.score_parents(measure) %}
    left join bounds as {{ measure }}_bounds
        on stages.snapshot_date = {{ measure }}_bounds.snapshot_date
        and scores.score_partition = {{ measure }}_bounds.score_partition
        and {{ member_loyalty.within_scores(measure, 'scores.') }}
        = {{ measure }}_bounds.within_scores
    {%- endfor %}
    left join {{ ref('dim_rfm_cells') }} as cells on scores.rfm_cell = cells.rfm_cell
{%- endmacro %}


{% macro explained_rows(steps) -%}
    {#- A query: a row for each label of a row of `labelled`. Args: steps - explained_steps. -#}
    select
        labelled.member_id,
        labelled.snapshot_date,
        labelled.score_partition,
        cast(steps.step as integer) as step,
        {%- for column in ['label', 'label_en', 'label_zh', 'value', 'inputs', 'cut_points',
            'rule_en', 'rule_zh'] %}
        {{ member_loyalty.explained_column(column, steps) | indent(8) }} as {{ column }}
        {{- ',' if not loop.last }}{{ ' -- noqa: RF04' if column == 'value' }}
        {%- endfor %}
    from labelled
    cross join steps
    where case steps.step
        {%- for step in steps %}
        when {{ loop.index }} then {{ [
            'labelled.is_enrolled' if step.of_enrolled,
            "labelled.score_partition = 'all'" if not step.in_partitions,
        ] | select | join(' and ') or 'true' }}
        {%- endfor %}
    end
{%- endmacro %}


{% macro explained_column(column, steps) -%}
    {#- A column of member_explanations. Args: column - its name; steps - explained_steps. -#}
    case steps.step
        {%- for step in steps %}
        when {{ loop.index }} then
            {%- if column == 'label' %} '{{ step.label }}'
            {%- elif column in ['label_en', 'label_zh'] %} '{{ step[column[-2:]] }}'
            {%- elif column == 'value' %} {{ member_loyalty.as_text(step.value) }}
            {%- elif column == 'cut_points' %} {{ step.cut_points or 'null' }}
            {%- elif column == 'inputs' %} {{ member_loyalty.in_pairs(step.inputs) }}
            {%- else %}
            case
                {%- for condition, en, zh in step.outcomes %}
                when {{ condition }} then {{ member_loyalty.in_words(
                    en if column == 'rule_en' else zh, 'none' if column == 'rule_en' else '无'
                ) }}
                {%- endfor %}
            end
            {%- endif %}
        {%- endfor %}
    end
{%- endmacro %}
