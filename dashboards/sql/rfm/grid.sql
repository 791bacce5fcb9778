-- Members and revenue by recency and frequency score, at the last snapshot.
select
    score_partition,
    r_score,
    f_score,
    sum(members) as members,
    sum(case when r_score > 0 then members end) as buyers,
    sum(net_revenue) as net_revenue
from agg_rfm_cells
where snapshot_date = (select max(snapshot_date) from agg_rfm_cells)
group by score_partition, r_score, f_score
order by score_partition, r_score desc, f_score
