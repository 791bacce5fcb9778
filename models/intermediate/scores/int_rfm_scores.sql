{{ config(materialized='view') }}

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
        measures.*,
        {{ member_loyalty.quintile_score(
            'recency', 'recency_days', 'orders > 0', 'cuts.recency_'
        ) }} as r_score,
        {{ member_loyalty.quintile_score(
            'frequency', 'frequency', 'frequency > 0', 'cuts.frequency_'
        ) }} as f_score,
        {{ member_loyalty.quintile_score(
            'monetary', 'monetary_amount', 'orders > 0', 'cuts.monetary_'
        ) }} as m_score,
        {{ member_loyalty.half('recency', 'recency_days', 'orders > 0', 'cuts.recency_') }}
            as r_half,
        {{ member_loyalty.half('frequency', 'frequency', 'frequency > 0', 'cuts.frequency_') }}
            as f_half,
        {{ member_loyalty.half('monetary', 'monetary_amount', 'orders > 0', 'cuts.monetary_') }}
            as m_half
    from measures
    left join cuts
        on measures.snapshot_number = cuts.snapshot_number
        and measures.score_partition = cuts.score_partition
),

classed as (
    select
        scored.*,
        {{ member_loyalty.rfm_value_class('r_half', 'f_half', 'm_half', 'orders > 0') }}
            as rfm_value_class
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
