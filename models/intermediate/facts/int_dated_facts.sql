{{ config(materialized='view') }}

{#- All that can change a person's row of a snapshot, by the date from which on it does. -#}
select
    input,
    {{ member_loyalty.person_id('member_id', 'null') }} as person_id,
    fact_on
from {{ ref('int_order_facts') }}
where input in ('orders', 'refunds', 'voids', 'window')
union all
select
    input,
    person_id,
    fact_on
from {{ ref('int_person_facts') }}
