with scores as (
    select {{ member_loyalty.unnest_integers(0, var('score_bins')) }} as score
),

cells as (
    select
        r.score as r_score,
        f.score as f_score,
        m.score as m_score
    from scores as r
    cross join scores as f
    cross join scores as m
),

matches as (
    select
        cells.*,
        segments.rfm_segment,
        segments.priority,
        segments.r_from,
        segments.r_to,
        segments.f_from,
        segments.f_to,
        segments.m_from,
        segments.m_to,
        row_number() over (
            partition by cells.r_score, cells.f_score, cells.m_score
            order by segments.priority
        ) as match_number
    from cells
    inner join {{ ref('rfm_segments') }} as segments
        on cells.r_score between segments.r_from and segments.r_to
        and cells.f_score between segments.f_from and segments.f_to
        and cells.m_score between segments.m_from and segments.m_to
)

select
    cast(r_score as integer) as r_score,
    cast(f_score as integer) as f_score,
    cast(m_score as integer) as m_score,
    concat(r_score, f_score, m_score) as rfm_cell,
    rfm_segment,
    cast(priority as integer) as priority,
    cast(r_from as integer) as r_from,
    cast(r_to as integer) as r_to,
    cast(f_from as integer) as f_from,
    cast(f_to as integer) as f_to,
    cast(m_from as integer) as m_from,
    cast(m_to as integer) as m_to
from matches
where match_number = 1
