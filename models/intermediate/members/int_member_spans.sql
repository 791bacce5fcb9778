with persons as (
    select * from {{ ref('int_persons') }}
),

members as (
    select * from {{ ref('int_members') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

last_snapshot as (
    select max(snapshot_number) as snapshot_number from calendar
)

select
    persons.person_id,
    persons.member_id,
    members.joined_on,
    known.snapshot_number as first_known_number,
    joined.snapshot_number as first_enrolled_number,
    closed.snapshot_number as closed_number,
    coalesce(closed.snapshot_number - 1, last_snapshot.snapshot_number) as last_number
from persons
cross join as_of_date
cross join last_snapshot
left join members on persons.member_id = members.member_id
inner join calendar as known
    on {{ member_loyalty.calendar_day('persons.first_seen_on') }} = known.calendar_date
left join calendar as joined
    on {{ member_loyalty.calendar_day('members.joined_on') }} = joined.calendar_date
left join calendar as closed
    on {{ member_loyalty.calendar_day('persons.closed_on') }} = closed.calendar_date
