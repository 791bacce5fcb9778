-- In dim_members exactly the members enrolled at as_of_date have scores, a segment and a quadrant,
-- and exactly those with a row at the last snapshot have stages (spec §6). One row per member that
-- breaks it.
select
    member_id,
    is_enrolled,
    is_closed,
    snapshot_date,
    rfm_cell,
    lifecycle_stage
from {{ ref('dim_members') }}
where (
    is_enrolled = (rfm_cell is not null)
    and is_enrolled = (rfm_segment is not null)
    and is_enrolled = (loyalty_tile is not null)
    and is_enrolled = (quadrant is not null)
    and (snapshot_date is not null) = (lifecycle_stage is not null)
    and (snapshot_date is not null) = (aipl_stage is not null)
    and (snapshot_date is not null or not is_enrolled)
    and (snapshot_date is null or not is_closed)
    and coalesce(lifecycle_stage = 'latent', false)
    = (snapshot_date is not null and not is_enrolled)
) is not true
