-- Size and value of each segment by partition, at the last snapshot.
select
    score_partition,
    rfm_segment,
    count(*) as members,
    count(*) / sum(count(*)) over (partition by score_partition) as share_of_members,
    sum(monetary_amount) as net_revenue,
    sum(monetary_amount) / nullif(sum(sum(monetary_amount)) over (partition by score_partition), 0)
        as share_of_revenue,
    sum(monetary_amount) / count(*) as money_per_member,
    sum(frequency) / count(*) as purchases_per_member
from fct_rfm_scores
where snapshot_date = (select max(snapshot_date) from fct_rfm_scores)
group by score_partition, rfm_segment
