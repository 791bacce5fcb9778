{{ config(materialized='view') }}

with measures as (
    select * from {{ ref('int_member_measures') }}
),

cuts as (
    select * from {{ ref('int_score_cuts') }}
),

scored as (
    select
        measures.*,
        {{ member_loyalty.quintile_score('recency', 'recency_days', 'orders > 0', 'recency_cuts') }}
            as r_score,
        {{ member_loyalty.quintile_score('frequency', 'frequency', 'frequency > 0', 'frequency_cuts') }}
            as f_score,
        {{ member_loyalty.quintile_score('monetary', 'monetary_amount', 'orders > 0', 'monetary_cuts') }}
            as m_score,
        {{ member_loyalty.half('recency', 'recency_days', 'orders > 0', 'recency_cuts') }} as r_half,
        {{ member_loyalty.half('frequency', 'frequency', 'frequency > 0', 'frequency_cuts') }} as f_half,
        {{ member_loyalty.half('monetary', 'monetary_amount', 'orders > 0', 'monetary_cuts') }} as m_half
    from measures
    {%- for alias, measure in [
        ('recency_cuts', 'recency'), ('frequency_cuts', 'frequency'), ('monetary_cuts', 'monetary')
    ] %}
    left join cuts as {{ alias }}
        on measures.snapshot_number = {{ alias }}.snapshot_number
        and measures.score_partition = {{ alias }}.score_partition
        and {{ alias }}.measure = '{{ measure }}'
    {%- endfor %}
),

classed as (
    select
        scored.*,
        {{ member_loyalty.rfm_value_class('r_half', 'f_half', 'm_half', 'orders > 0') }} as rfm_value_class
    from scored
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
