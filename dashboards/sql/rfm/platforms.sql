-- The partitions that are scored, all platforms together first.
select distinct score_partition as value, score_partition <> 'all' as is_part
from agg_rfm_cells
where snapshot_date = (select max(snapshot_date) from agg_rfm_cells)
order by is_part, value
