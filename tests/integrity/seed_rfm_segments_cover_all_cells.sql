-- Every RFM cell from 0 to score_bins has a segment, no box is empty, and none lies beyond the
-- scores, as boxes made for more bins do (spec §3). Which of two overlapping boxes wins is settled
-- by their priority, which is unique; one that wins nowhere is a slip. One row per fault, said in
-- `problem`.
{%- set bins = member_loyalty.checked_var('score_bins') %}
with scores as (
    {%- for score in range(bins + 1) %}
    select {{ score }} as score
    {%- if not loop.last %} union all {%- endif %}
    {%- endfor %}
),

boxes as (
    select * from {{ ref('rfm_segments') }}
),

cells as (
    select
        recency.score as r_score,
        frequency.score as f_score,
        monetary.score as m_score
    from scores as recency
    cross join scores as frequency
    cross join scores as monetary
),

cells_without_segment as (
    select
        cells.r_score,
        cells.f_score,
        cells.m_score,
        'rfm_segments.csv: no segment for this cell; score_bins is {{ bins }}' as problem
    from cells
    left join boxes
        on cells.r_score between boxes.r_from and boxes.r_to
        and cells.f_score between boxes.f_from and boxes.f_to
        and cells.m_score between boxes.m_from and boxes.m_to
    where boxes.rfm_segment is null
),

boxes_without_cell as (
    select
        r_from as r_score,
        f_from as f_score,
        m_from as m_score,
        'rfm_segments.csv: a range of this box ends before it starts' as problem
    from boxes
    where r_from > r_to or f_from > f_to or m_from > m_to
    union all
    select
        r_from as r_score,
        f_from as f_score,
        m_from as m_score,
        'rfm_segments.csv: this box is made for more scores; score_bins is {{ bins }}' as problem
    from boxes
    where greatest(r_from, f_from, m_from) > {{ bins }}
),

winners as (
    select
        cells.r_score,
        cells.f_score,
        cells.m_score,
        min(boxes.priority) as priority
    from cells
    inner join boxes
        on cells.r_score between boxes.r_from and boxes.r_to
        and cells.f_score between boxes.f_from and boxes.f_to
        and cells.m_score between boxes.m_from and boxes.m_to
    group by cells.r_score, cells.f_score, cells.m_score
),

hidden_boxes as (
    select
        boxes.r_from as r_score,
        boxes.f_from as f_score,
        boxes.m_from as m_score,
        'rfm_segments.csv: nobody can be in a box of ' || boxes.rfm_segment || ', for boxes of'
        || ' lower priority take its cells; give it a priority below theirs' as problem
    from boxes
    left join winners on boxes.priority = winners.priority
    where winners.priority is null
        and boxes.r_from <= boxes.r_to
        and boxes.f_from <= boxes.f_to
        and boxes.m_from <= boxes.m_to
        and greatest(boxes.r_from, boxes.f_from, boxes.m_from) <= {{ bins }}
),

faults as (
    select * from cells_without_segment
    union all
    select * from boxes_without_cell
    union all
    select * from hidden_boxes
)

select * from faults
