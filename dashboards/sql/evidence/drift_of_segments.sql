-- The stability index of each segment family, from snapshot to snapshot.
select subject, to_date, stability_index
from agg_population_stability
where subject in (select segment_family from agg_segment_transitions)
order by to_date, subject
