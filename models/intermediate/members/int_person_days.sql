with event_days as (
    select * from {{ ref('int_event_days') }}
),

members as (
    select * from {{ ref('int_members') }}
),

ties as (
    select
        identities.visitor_id,
        identities.member_id
    from {{ ref('stg_identities') }} as identities
    inner join members on identities.member_id = members.member_id
),

owned as (
    select
        event_days.occurred_on,
        event_days.channel,
        event_days.visitor_id,
        event_days.page_views,
        event_days.clicks,
        event_days.interests,
        event_days.activities,
        coalesce(members.member_id, ties.member_id) as member_id
    from event_days
    left join members on event_days.member_id = members.member_id
    left join ties on event_days.visitor_id = ties.visitor_id
)

select
    {{ member_loyalty.person_id('member_id', 'visitor_id') }} as person_id,
    member_id,
    occurred_on,
    channel,
    max(page_views) > 0 as has_page_view,
    max(clicks) > 0 as has_click,
    max(interests) > 0 as has_interest,
    max(activities) > 0 as has_activity
from owned
where member_id is not null or visitor_id is not null
group by
    {{ member_loyalty.person_id('member_id', 'visitor_id') }},
    member_id,
    occurred_on,
    channel
