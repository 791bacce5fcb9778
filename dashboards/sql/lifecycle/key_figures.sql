-- Moves at the last snapshot and at the one before.
with snapshots as (
    select
        snapshot_date,
        count(*) as members,
        sum(case when lifecycle_stage = 'dormant' and days_in_stage = 0 then 1 else 0 end)
            as newly_dormant,
        sum(case when lifecycle_stage = 'churned' and days_in_stage = 0 then 1 else 0 end)
            as newly_churned,
        sum(case when is_reactivation then 1 else 0 end) as reactivated
    from fct_lifecycle_snapshots
    group by snapshot_date
)

select
    snapshot_date,
    members,
    newly_dormant,
    newly_churned,
    reactivated,
    lag(members) over (order by snapshot_date) as members_before,
    lag(newly_dormant) over (order by snapshot_date) as newly_dormant_before,
    lag(newly_churned) over (order by snapshot_date) as newly_churned_before,
    lag(reactivated) over (order by snapshot_date) as reactivated_before
from snapshots
order by snapshot_date desc
limit 1
