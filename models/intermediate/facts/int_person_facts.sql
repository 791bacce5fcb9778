{{ config(materialized='view') }}

{#- What is known of a person besides orders, dated: first seen, joined, closed, days with interest,
    referrals credited and the day the window passes them; and what no snapshot shows but AARRR
    counts: days with activity, and the profile. Dates before the first order count as its date, as
    in int_calendar. -#}

with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

referrals as (
    select
        referral_id,
        {{ member_loyalty.person_id('referrer_member_id', 'null') }} as person_id,
        credited_on
    from {{ ref('int_referral_statuses') }}
    where status = 'accepted'
),

persons as (
    select
        persons.person_id,
        persons.member_id,
        persons.first_seen_on,
        members.joined_on,
        members.registered_on,
        members.acquisition_channel,
        persons.closed_on
    from {{ ref('int_persons') }} as persons
    left join {{ ref('int_members') }} as members on persons.member_id = members.member_id
),

profiles as (
    select * from persons
    where member_id is not null
),

interests as (
    select
        person_id,
        occurred_on
    from {{ ref('int_person_days') }}
    where has_interest
    group by person_id, occurred_on
),

activities as (
    select * from {{ ref('int_person_days') }}
    where has_activity
),

dated as (
    {%- for input, relation, dated_on, hashed in [
        ('members', 'persons', 'first_seen_on', []),
        ('members', 'persons', 'joined_on', []),
        ('members', 'persons', 'closed_on', []),
        ('profiles', 'profiles', 'first_seen_on', ['registered_on', 'acquisition_channel']),
        ('profiles', 'profiles', 'registered_on', []),
        ('events', 'interests', 'occurred_on', []),
        ('other_events', 'activities', 'occurred_on', ['channel', 'has_page_view', 'has_click']),
        ('referrals', 'referrals', 'credited_on', ['referral_id']),
        ('window', 'referrals', 'credited_on + ' ~ var('referral_window_days'), none),
    ] %}
    {{ 'union all' if not loop.first }}
    select
        '{{ input }}' as input,
        person_id,
        {{ dated_on }} as dated_on,
        {{ 0 if hashed is none else member_loyalty.row_hash(
            ["'" ~ dated_on ~ "'", 'person_id', dated_on] + hashed
        ) }} as fact_hash
    from {{ relation }}
    {%- endfor %}
)

select
    dated.input,
    dated.person_id,
    {{ member_loyalty.calendar_day('dated.dated_on') }} as fact_on,
    dated.fact_hash
from dated
cross join as_of_date
where dated.dated_on is not null
