{{ config(materialized='view') }}

{#- One raw value a measure and active member: what scores and halves are cut from. -#}
with measures as (
    select * from {{ ref('int_member_measures') }}
)

{%- for measure in member_loyalty.base_measures() %}
{{ 'union all' if not loop.first }}
select
    snapshot_number,
    score_partition,
    '{{ measure.name }}' as measure,
    member_id,
    cast({{ measure.value }} as decimal(18, 4)) as measure_value
from measures
where {{ measure.is_active }}
    {{ "and score_partition = " ~ member_loyalty.all_partitions() if not measure.in_partitions }}
{%- endfor %}
