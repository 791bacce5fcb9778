{{ config(materialized='view') }}

with measures as (
    select * from {{ ref('int_member_measures') }}
    where score_partition = {{ member_loyalty.all_partitions() }}
),

cuts as (
    select * from {{ ref('int_score_cuts') }}
    where score_partition = {{ member_loyalty.all_partitions() }}
),

weights as (
    select * from {{ ref('int_loyalty_weights') }}
),

traits as (
    select
        measures.*,
        {%- for measure in member_loyalty.base_measures() if measure.name in member_loyalty.loyalty_traits() %}
        {{ member_loyalty.quintile_score(
            measure.name, measure.value, measure.is_active, measure.name ~ '_cuts'
        ) | indent(8) }} as {{ measure.name }}_score,
        {%- endfor %}
        {{ member_loyalty.half('frequency', 'frequency', 'frequency > 0', 'frequency_cuts') }}
            as frequency_half,
        {{ member_loyalty.half(
            'average_order_value', 'average_order_value', 'orders > 0', 'average_order_value_cuts'
        ) }} as average_order_value_half,
        {{ member_loyalty.half(
            'contribution', 'contribution_amount', 'orders > 0', 'contribution_cuts'
        ) }} as contribution_half
    from measures
    {%- for trait in member_loyalty.loyalty_traits() + ['contribution'] %}
    left join cuts as {{ trait }}_cuts
        on measures.snapshot_number = {{ trait }}_cuts.snapshot_number
        and {{ trait }}_cuts.measure = '{{ trait }}'
    {%- endfor %}
)

select
    traits.*,
    {{ member_loyalty.loyalty_score('weights') | indent(4) }} as loyalty_score
from traits
inner join weights on traits.snapshot_number = weights.snapshot_number
