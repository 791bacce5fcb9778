with staged as (
    select * from {{ ref('stg_members') }}
),

unreadable as (
    -- A profile of which no version can be read still names a member, without dates (spec §2).
    select base_members.member_id
    from {{ ref('base_members') }} as base_members
    left join staged on base_members.member_id = staged.member_id
    where base_members.reject_reason is not null
        and base_members.member_id is not null
        and staged.member_id is null
    group by base_members.member_id
),

profiles as (
    select
        member_id,
        false as is_inferred,
        registered_at,
        joined_at,
        case when joined_at is null or closed_at >= joined_at then closed_at end as closed_at,
        acquisition_channel
    from staged
    union all
    select
        member_id,
        false as is_inferred,
        cast(null as timestamp) as registered_at,
        cast(null as timestamp) as joined_at,
        cast(null as timestamp) as closed_at,
        'unknown' as acquisition_channel
    from unreadable
),

inferred as (
    select
        orders.member_id,
        true as is_inferred,
        min(orders.ordered_at) as registered_at,
        min(orders.ordered_at) as joined_at,
        cast(null as timestamp) as closed_at,
        'unknown' as acquisition_channel
    from {{ ref('stg_orders') }} as orders
    left join profiles on orders.member_id = profiles.member_id
    where orders.member_id is not null
        and profiles.member_id is null
        and {{ 'true' if var('infer_members') else 'false' }}
    group by orders.member_id
),

members as (
    select * from profiles
    union all
    select * from inferred
)

select
    member_id,
    is_inferred,
    joined_at,
    cast(registered_at as date) as registered_on,
    cast(joined_at as date) as joined_on,
    cast(closed_at as date) as closed_on,
    acquisition_channel
from members
