-- Members by loyalty score above 0, at the last snapshot.
select loyalty_score, count(*) as members
from fct_loyalty_scores
where
    snapshot_date = (select max(snapshot_date) from fct_loyalty_scores)
    and loyalty_score > 0
group by loyalty_score
order by loyalty_score
