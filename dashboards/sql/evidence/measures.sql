-- The measures that are scored among everybody.
select distinct measure as value
from agg_score_bounds
where score_partition = 'all' and within_scores = 'all'
