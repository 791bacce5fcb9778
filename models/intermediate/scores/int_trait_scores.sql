{{ config(materialized='view') }}

{%- set traits = member_loyalty.loyalty_traits() %}
{%- set is_margin = var('contribution_measure') == 'gross_margin' %}
{%- set contribution = 'contribution' if is_margin else 'monetary' %}
with scores as (
    select * from {{ ref('int_rfm_scores') }}
    where score_partition = {{ member_loyalty.all_partitions() }}
),

cuts as (
    {{ member_loyalty.cuts_in_one_row(
        ref('int_score_cuts'), traits + [contribution]
    ) }}
),

weights as (
    select * from {{ ref('int_loyalty_weights') }}
),

traits as (
    select
        scores.*,
        scores.f_score as frequency_score,
        {%- for measure in member_loyalty.base_measures()
            if measure.name in traits and measure.name != 'frequency' %}
        {{ member_loyalty.quintile_score(
            measure.name, measure.value, measure.is_active, 'cuts.' ~ measure.name ~ '_'
        ) | indent(8) }} as {{ measure.name }}_score,
        {%- endfor %}
        scores.f_half as frequency_half,
        {{ member_loyalty.half(
            'average_order_value', 'average_order_value', 'orders > 0', 'cuts.average_order_value_'
        ) }} as average_order_value_half,
        {{ member_loyalty.half(
            'contribution', 'contribution_amount', 'orders > 0', 'cuts.' ~ contribution ~ '_'
        ) }} as contribution_half
    from scores
    left join cuts
        on scores.snapshot_number = cuts.snapshot_number
        and scores.score_partition = cuts.score_partition
)

select
    traits.*,
    {{ member_loyalty.loyalty_score('weights') | indent(4) }} as loyalty_score
from traits
inner join weights on traits.snapshot_number = weights.snapshot_number
