-- Members by segment at each snapshot, by partition.
select
    score_partition,
    snapshot_date,
    rfm_segment,
    count(*) as members
from fct_rfm_scores
where r_score > 0
group by score_partition, snapshot_date, rfm_segment
order by score_partition, snapshot_date, rfm_segment
