with members as (
    select * from {{ ref('int_members') }}
),

person_days as (
    select * from {{ ref('int_person_days') }}
),

sightings as (
    select
        member_id,
        registered_on as seen_on
    from members
    union all
    select
        member_id,
        joined_on as seen_on
    from members
    union all
    select
        member_id,
        min(ordered_on) as seen_on
    from {{ ref('stg_orders') }}
    group by member_id
    union all
    select
        member_id,
        min(occurred_on) as seen_on
    from person_days
    group by member_id
    union all
    select
        member_id,
        identified_on as seen_on
    from {{ ref('stg_identities') }}
    union all
    select
        referrer_member_id as member_id,
        invited_on as seen_on
    from {{ ref('stg_referrals') }}
    union all
    select
        referred_member_id as member_id,
        invited_on as seen_on
    from {{ ref('stg_referrals') }}
    union all
    select
        member_id,
        consented_on as seen_on
    from {{ ref('stg_consents') }}
    union all
    select
        member_id,
        sent_on as seen_on
    from {{ ref('stg_campaign_sends') }}
),

first_sightings as (
    select
        member_id,
        min(seen_on) as first_seen_on
    from sightings
    where member_id is not null
    group by member_id
),

visitors as (
    select
        person_id,
        min(occurred_on) as first_seen_on
    from person_days
    where member_id is null
    group by person_id
)

select
    {{ member_loyalty.person_id('members.member_id', 'null') }} as person_id,
    members.member_id,
    first_sightings.first_seen_on,
    members.closed_on
from members
left join first_sightings on members.member_id = first_sightings.member_id
union all
select
    person_id,
    cast(null as {{ dbt.type_string() }}) as member_id,
    first_seen_on,
    cast(null as date) as closed_on
from visitors
