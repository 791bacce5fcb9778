-- Who fell asleep, left and woke at each snapshot.
select
    snapshot_date,
    sum(case when lifecycle_stage = 'dormant' and days_in_stage = 0 then 1 else 0 end)
        as newly_dormant,
    sum(case when lifecycle_stage = 'churned' and days_in_stage = 0 then 1 else 0 end)
        as newly_churned,
    sum(case when is_reactivation then 1 else 0 end) as reactivated
from fct_lifecycle_snapshots
group by snapshot_date
order by snapshot_date
