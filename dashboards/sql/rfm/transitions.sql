-- From where to where between the last two snapshots.
select
    from_segment,
    to_segment,
    members,
    share_of_from
from agg_segment_transitions
where
    segment_family = 'rfm_segment'
    and to_date = (select max(to_date) from agg_segment_transitions)
