-- Members by stage at the last snapshot.
select
    lifecycle_stage,
    count(*) as members,
    count(*) / sum(count(*)) over () as share_of_members,
    avg(days_in_stage) as mean_days_in_stage
from fct_lifecycle_snapshots
where snapshot_date = (select max(snapshot_date) from fct_lifecycle_snapshots)
group by lifecycle_stage
