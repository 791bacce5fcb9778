-- The measures that are scored.
select distinct measure as value
from agg_score_bounds
where score_partition = 'all'
