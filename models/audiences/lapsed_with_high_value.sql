-- Dormant or churned, with orders in the window that are worth more than most.
select
    stages.snapshot_date,
    stages.member_id
from {{ ref('fct_lifecycle_snapshots') }} as stages
inner join {{ ref('fct_rfm_scores') }} as scores
    on stages.snapshot_date = scores.snapshot_date
    and stages.member_id = scores.member_id
where stages.lifecycle_stage in ('dormant', 'churned')
    and scores.score_partition = 'all'
    and scores.rfm_value_class in ('important_keep', 'important_winback')
