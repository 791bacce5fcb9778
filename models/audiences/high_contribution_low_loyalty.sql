-- Quadrant B: earns well, is not attached.
select
    snapshot_date,
    member_id
from {{ ref('fct_member_quadrants') }}
where quadrant = 'B'
