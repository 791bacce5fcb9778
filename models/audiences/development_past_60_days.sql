-- Still without a second purchase more than 60 days after joining.
select
    stages.snapshot_date,
    stages.member_id
from {{ ref('fct_lifecycle_snapshots') }} as stages
inner join {{ ref('dim_members') }} as members on stages.member_id = members.member_id
where stages.lifecycle_stage = 'development' and stages.snapshot_date > members.joined_on + 60
