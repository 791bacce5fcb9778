-- From where to where between the last two snapshots.
select from_date, to_date, from_segment, to_segment, members, share_of_from
from agg_segment_transitions
where
    segment_family = 'lifecycle'
    and to_date = (select max(to_date) from agg_segment_transitions)
