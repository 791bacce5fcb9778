-- Members by stage at each snapshot.
select snapshot_date, lifecycle_stage, count(*) as members
from fct_lifecycle_snapshots
group by snapshot_date, lifecycle_stage
order by snapshot_date, lifecycle_stage
