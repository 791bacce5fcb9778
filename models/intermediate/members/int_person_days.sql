with events as (
    select * from {{ ref('stg_events') }}
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
        events.occurred_on,
        events.event_type,
        events.visitor_id,
        coalesce(members.member_id, ties.member_id) as member_id
    from events
    left join members on events.member_id = members.member_id
    left join ties on events.visitor_id = ties.visitor_id
)

select
    {{ member_loyalty.person_id('member_id', 'visitor_id') }} as person_id,
    member_id,
    occurred_on,
    max(case when {{ member_loyalty.is_interest('event_type') }} then 1 else 0 end) = 1
        as has_interest
from owned
where member_id is not null or visitor_id is not null
group by {{ member_loyalty.person_id('member_id', 'visitor_id') }}, member_id, occurred_on
