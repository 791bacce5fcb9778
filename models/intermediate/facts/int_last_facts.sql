{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='person_id',
    on_schema_change='sync_all_columns',
) }}

with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

orders as (
    select * from {{ ref('int_member_orders') }}
),

refunds as (
    select
        orders.member_id,
        orders.ordered_on,
        refund_days.refunded_on
    from {{ ref('int_order_refund_days') }} as refund_days
    inner join orders on refund_days.order_id = orders.order_id
),

person_facts as (
    {{ member_loyalty.only_restated(
        ref('int_person_facts'), 'person_id', ref('int_restated_persons')
    ) }}
),

facts as (
    {%- for relation, fact_on in [
        ('orders', 'ordered_on'),
        ('orders', 'void_on'),
        ('orders', 'ordered_on + ' ~ var('rfm_window_days')),
        ('refunds', 'greatest(refunded_on, ordered_on)'),
    ] %}
    select
        {{ member_loyalty.person_id('member_id', 'null') }} as person_id,
        {{ fact_on }} as fact_on
    from {{ relation }}
    union all
    {%- endfor %}
    select
        person_id,
        fact_on
    from person_facts
)

select
    facts.person_id,
    max(facts.fact_on) as last_fact_on
from facts
inner join as_of_date on facts.fact_on <= as_of_date.as_of_date
group by facts.person_id
