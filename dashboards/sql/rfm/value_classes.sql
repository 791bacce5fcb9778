-- Size and value of each value class by partition, at the last snapshot.
select
    score_partition,
    rfm_value_class,
    count(*) as members,
    count(*) / sum(count(*)) over (partition by score_partition) as share_of_members,
    sum(monetary_amount) as net_revenue,
    sum(monetary_amount) / nullif(sum(sum(monetary_amount)) over (partition by score_partition), 0)
        as share_of_revenue
from fct_rfm_scores
where snapshot_date = (select max(snapshot_date) from fct_rfm_scores)
group by score_partition, rfm_value_class
