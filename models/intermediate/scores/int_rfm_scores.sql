{{ config(materialized='view') }}

{%- set rules = [
    ('recency', 'recency_days', 'orders > 0'),
    ('frequency', 'frequency', 'frequency > 0'),
    ('monetary', 'monetary_amount', 'orders > 0'),
] %}
-- depends_on: {{ ref('int_frequency_cuts') }}
-- depends_on: {{ ref('int_monetary_cuts') }}
with measures as (
    select * from {{ ref('int_member_measures') }}
),

cuts as (
    {{ member_loyalty.cuts_in_one_row(
        ref('int_score_cuts'), ['recency', 'frequency', 'monetary']
    ) }}
),

scored as (
    select
        {%- for measure, value, is_active in rules if not member_loyalty.score_parents(measure) %}
        {{ member_loyalty.quintile_score(measure, value, is_active, 'cuts.' ~ measure ~ '_') }}
            as {{ measure[0] }}_score,
        {%- endfor %}
        {%- for measure, value, is_active in rules %}
        {{ member_loyalty.half(measure, value, is_active, 'cuts.' ~ measure ~ '_') }}
            as {{ measure[0] }}_half,
        {%- endfor %}
        measures.*
    from measures
    left join cuts
        on measures.snapshot_number = cuts.snapshot_number
        and measures.score_partition = cuts.score_partition
),

{%- set found = namespace(scores='scored') %}
{%- for measure, value, is_active in rules if member_loyalty.score_parents(measure) %}
{{ measure }}_scored as (
    {{ member_loyalty.with_nested_score(
        found.scores, measure, value, is_active, ref('int_' ~ measure ~ '_cuts')
    ) | indent(4) }}
),
{%- set found.scores = measure ~ '_scored' %}
{%- endfor %}

classed as (
    select
        scored.*,
        {{ member_loyalty.rfm_value_class('r_half', 'f_half', 'm_half', 'orders > 0') }}
            as rfm_value_class
    from {{ found.scores }} as scored
)

select
    classed.*,
    cells.rfm_cell,
    cells.rfm_segment
from classed
left join {{ ref('int_rfm_cells') }} as cells
    on classed.r_score = cells.r_score
    and classed.f_score = cells.f_score
    and classed.m_score = cells.m_score
