-- The stability index and the mean of each score, from snapshot to snapshot.
select subject, to_date, stability_index, mean_after
from agg_population_stability
where mean_after is not null
order by to_date, subject
