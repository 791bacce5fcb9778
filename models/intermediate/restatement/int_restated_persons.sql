-- depends_on: {{ ref('int_restatement_plan') }}
-- depends_on: {{ ref('int_as_of_date') }}
{#- Persons with a fact dated from the day on from which persons are restated, now or in the last
    build, or an order that the window passes from then on: the history of all others is as it was.
    A build that restates everything needs no list. -#}
{%- set restate_from = member_loyalty.planned('restate_persons_from') %}
{%- set as_of_date = member_loyalty.as_of_date_in_force() %}
{%- set everything = member_loyalty.restates_all() %}
{%- set stored_facts = member_loyalty.stored('int_last_facts') %}
{%- set stored = member_loyalty.stored('int_restated_persons') %}
with {% if stored and not everything -%}
plan as (
    select max(case when resumes_interrupted_build then 1 else 0 end) as resumes
    from {{ ref('int_restatement_plan') }}
),

{% endif -%}
persons as (
    select {{ member_loyalty.person_id('member_id', 'null') }} as person_id
    from {{ ref('int_orders') }}
    {%- if everything or not restate_from or not as_of_date %}
    where false
    {%- else %}
    where {{ member_loyalty.can_be_valid() }}
        and ordered_on <= {{ as_of_date }}
        and (
            last_fact_on >= {{ restate_from }}
            or ordered_on + {{ var('rfm_window_days') }}
            between {{ restate_from }} and {{ as_of_date }}
        )
    {%- endif %}
    union all
    select person_id
    from {{ ref('int_person_facts') }}
    {%- if everything or not restate_from or not as_of_date %}
    where false
    {%- else %}
    where fact_on between {{ restate_from }} and {{ as_of_date }}
    {%- endif %}
    {%- if stored_facts and restate_from and not everything %}
    union all
    select person_id
    from {{ stored_facts }}
    where last_fact_on >= {{ restate_from }}
    {%- endif %}
    {%- if stored and not everything %}
    union all
    select stored.person_id
    from {{ stored }} as stored
    inner join plan on plan.resumes = 1
    {%- endif %}
)

select
    person_id,
    {{ member_loyalty.member_of_person('person_id') }} as member_id
from persons
group by person_id
