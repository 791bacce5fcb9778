{{ config(materialized='view') }}

{%- set half_cuts = ['int_score_cuts', 'int_loyalty_cuts'] %}
with rules as (
    {%- for half_cut in half_cuts %}
    select
        snapshot_number,
        score_partition,
        measure,
        half_cut,
        cast(null as decimal(18, 4)) as loyalty_weight
    from {{ ref(half_cut) }}
    union all
    {%- endfor %}
    {%- for trait in member_loyalty.loyalty_traits() %}
    {{ 'union all' if not loop.first }}
    select
        snapshot_number,
        {{ member_loyalty.all_partitions() }} as score_partition,
        '{{ trait }}' as measure,
        cast(null as decimal(18, 4)) as half_cut,
        {{ trait }}_weight as loyalty_weight
    from {{ ref('int_loyalty_weights') }}
    {%- endfor %}
)

select
    snapshot_number,
    score_partition,
    measure,
    cast(max(half_cut) as decimal(18, 4)) as upper_half_from,
    cast(max(loyalty_weight) as decimal(18, 4)) as loyalty_weight
from rules
group by snapshot_number, score_partition, measure
