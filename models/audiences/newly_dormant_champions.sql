-- Fallen dormant within a month, a champion within the year before.
select
    stages.snapshot_date,
    stages.member_id
from {{ ref('fct_lifecycle_snapshots') }} as stages
where stages.lifecycle_stage = 'dormant'
    and stages.days_in_stage <= 31
    and exists (
        select 1
        from {{ ref('fct_member_tags') }} as tags
        where tags.member_id = stages.member_id
            and tags.tag_family = 'rfm_segment'
            and tags.tag = 'champions'
            and stages.snapshot_date > tags.valid_from
            and (tags.valid_to is null or stages.snapshot_date < tags.valid_to + 365)
    )
