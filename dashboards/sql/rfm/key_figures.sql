-- Scored members and their money in the window, by partition, at the last snapshot.
select
    score_partition,
    sum(members) as members,
    sum(case when r_score > 0 then members else 0 end) as active_members,
    sum(orders) as orders,
    sum(net_revenue) as net_revenue
from agg_rfm_cells
where snapshot_date = (select max(snapshot_date) from agg_rfm_cells)
group by score_partition
