-- Snapshots that each of the last 30 builds restated, oldest first.
with builds as (
    select
        started_at,
        max(snapshots_restated) as snapshots_restated,
        max(seconds) as seconds
    from fct_build_log
    group by build_id, started_at
    order by started_at desc
    limit 30
)

select * from builds order by started_at
