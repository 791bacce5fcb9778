-- Rejected rows, and what the last build did.
with last_build as (
    select
        build_id,
        max(started_at) as started_at,
        max(snapshots_restated) as snapshots_restated,
        max(rows_restated) as rows_restated,
        max(seconds) as seconds
    from fct_build_log
    group by build_id
    order by started_at desc
    limit 1
)

select
    (select count(*) from rejected_rows) as rejected_rows,
    (
        select count(*)
        from rejected_rows
        where reason not in ('duplicate_superseded', 'erased_member')
    ) as defects,
    started_at,
    snapshots_restated,
    rows_restated,
    seconds
from last_build
