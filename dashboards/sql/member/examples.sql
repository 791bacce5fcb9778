-- One member to look at for each lifecycle stage: who has spent most.
with ranked as (
    select
        member_id,
        lifecycle_stage,
        net_revenue,
        row_number() over (
            partition by lifecycle_stage
            order by net_revenue desc, member_id
        ) as place
    from dim_members
    where lifecycle_stage is not null
)

select member_id as value, lifecycle_stage as kind
from ranked
where place = 1
order by net_revenue desc, member_id
