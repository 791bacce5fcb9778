with snapshots as (
    select * from {{ ref('int_snapshot_dates') }}
),

plan as (
    select min(restate_from) as restate_from from {{ ref('int_restatement_plan') }}
),

first_due as (
    select min(snapshots.snapshot_number) as snapshot_number
    from snapshots
    inner join plan on snapshots.snapshot_date >= plan.restate_from
),

-- The stages go on from the snapshot before; where that one is not kept, they begin anew.
begun as (
    select
        case
            when opening.is_published is not true then 1
            else first_due.snapshot_number
        end as first_number
    from first_due
    left join snapshots as opening on first_due.snapshot_number - 1 = opening.snapshot_number
    where first_due.snapshot_number is not null
)

select snapshots.*
from snapshots
inner join begun on snapshots.snapshot_number >= begun.first_number
