-- Quadrant B: earns well, is not attached.
select
    snapshot_date,
    member_id
from {{ ref('fct_member_quadrants') }}
where contribution_half = 1 and loyalty_half = 0
