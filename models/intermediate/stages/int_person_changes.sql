{{ config(materialized='view') }}

{#- What changes a person's AIPL state, by the first snapshot that sees it. A purchase that lasts
    stays the latest until a later one; one that will be void passes, and counts only at the
    snapshots before that. A purchase and its gap travel in one number (purchase_code), so that the
    greatest is the latest. -#}

with calendar as (
    select * from {{ ref('int_calendar') }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

person_days as (
    {{ member_loyalty.only_restated(
        ref('int_person_days'), 'person_id', ref('int_restated_persons')
    ) }}
),

spans as (
    {{ member_loyalty.only_restated(
        ref('int_member_spans'), 'person_id', ref('int_restated_persons')
    ) }}
),

member_gaps as (
    {{ member_loyalty.only_restated(
        ref('int_purchase_gaps'), 'member_id', ref('int_restated_persons')
    ) }}
),

gaps as (
    select
        {{ member_loyalty.person_id('gaps.member_id', 'null') }} as person_id,
        {{ member_loyalty.purchase_code('as_of_date.first_order_on') }} as purchase_code,
        gaps.gap_days,
        began.snapshot_number as first_number,
        ended.snapshot_number as end_number
    from member_gaps as gaps
    cross join as_of_date
    inner join calendar as began on gaps.from_on = began.calendar_date
    left join calendar as ended on gaps.until_on = ended.calendar_date
),

interests as (
    select
        person_days.person_id,
        calendar.snapshot_number,
        max(person_days.occurred_on) as interest_on
    from person_days
    cross join as_of_date
    inner join calendar
        on {{ member_loyalty.calendar_day('person_days.occurred_on') }} = calendar.calendar_date
    where person_days.has_interest
    group by person_days.person_id, calendar.snapshot_number
)

{%- set lasting = 'end_number is null' %}
{%- set passing = 'end_number is not null' %}
{%- for relation, number, purchase_code, gap, passing_code, passing_gap, interest, condition in [
    ('gaps', 'first_number', 'purchase_code', 'gap_days', none, none, none, lasting),
    ('gaps', member_loyalty.unnest_integers('first_number', 'end_number - 1'), none, none,
        'purchase_code', 'gap_days', none, passing),
    ('gaps', 'end_number', none, none, none, none, none, passing),
    ('interests', 'snapshot_number', none, none, none, none, 'interest_on', 'true'),
    ('spans', 'first_known_number', none, none, none, none, none, 'true'),
] %}
{{ 'union all' if not loop.first }}
select
    person_id,
    {{ number }} as snapshot_number,
    cast({{ purchase_code or 'null' }} as bigint) as purchase_code,
    cast({{ gap or 'null' }} as integer) as longest_gap_days,
    cast({{ passing_code or 'null' }} as bigint) as passing_purchase_code,
    cast({{ passing_gap or 'null' }} as integer) as passing_gap_days,
    cast({{ interest or 'null' }} as date) as interest_on
from {{ relation }}
where {{ condition }}
{%- endfor %}
