-- What each trait weighs in the loyalty score of the last snapshot.
select measure, loyalty_weight as weight
from agg_score_rules
where
    score_partition = 'all'
    and loyalty_weight is not null
    and snapshot_date = (select max(snapshot_date) from agg_score_rules)
order by loyalty_weight desc, measure
