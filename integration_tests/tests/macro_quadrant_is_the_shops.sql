-- Quadrant B is low contribution with high loyalty here, and somebody is in it. One row per member
-- and snapshot with the package's letters, or one if nobody tells the two apart.
with quadrants as (
    select * from {{ ref('member_loyalty', 'fct_member_quadrants') }}
)

select
    member_id,
    quadrant
from quadrants
where (quadrant = 'B') <> (contribution_half = 0 and loyalty_half = 1)
    or (quadrant = 'C') <> (contribution_half = 1 and loyalty_half = 0)
union all
select
    'nobody' as member_id,
    'B' as quadrant
where not exists (select * from quadrants where contribution_half <> loyalty_half)
