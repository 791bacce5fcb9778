-- depends_on: {{ ref('int_fingerprints') }}
{{ config(materialized='view') }}

{%- set ledger = member_loyalty.stored('int_build_ledger') %}
{%- set plan = member_loyalty.stored('int_restatement_plan') %}
{%- set orders_only = "'other_orders', 'other_refunds', 'interrupted build, other_orders'" %}
{%- set persons_only = "'other_events', 'profiles', 'interrupted build, persons'" %}
{#- The snapshot of an as_of_date between two interval ends is replaced by the next build's; what is
    kept of persons by snapshot numbers stays, for that one takes its number. -#}
{%- set snapshots_only = "'extra snapshot', 'interrupted build'" %}
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

{% if ledger -%}
signed as (
    select
        input,
        fact_on,
        facts,
        fingerprint
    from {{ ref('int_fingerprints') }}
    union all
    select
        input,
        fact_on,
        -facts as facts,
        -fingerprint as fingerprint
    from {{ ledger }}
),

differing_dates as (
    select
        input,
        fact_on
    from signed
    group by input, fact_on
    having sum(facts) <> 0 or sum(fingerprint) <> 0
),

{% endif -%}
causes as (
    {%- if not ledger %}
    select
        '{{ member_loyalty.cause_of_everything() }}' as input,
        first_order_on as earliest_on
    from as_of_date
    {%- else %}
    select
        input,
        min(fact_on) as earliest_on
    from differing_dates
    group by input
    {%- endif %}
    {%- if ledger and plan %}
    {%- for input, column in [
        ('interrupted build', 'restate_from'),
        ('interrupted build, persons', 'restate_persons_from'),
        ('interrupted build, other_orders', 'restate_orders_from'),
    ] %}
    union all
    select
        '{{ input }}' as input,
        {{ column }} as earliest_on
    from {{ plan }}
    where {{ member_loyalty.was_interrupted() }}
    {%- endfor %}
    {%- endif %}
    {%- for missing in member_loyalty.missing_tables() if ledger %}
    union all
    select
        'missing table {{ missing }}' as input,
        first_order_on as earliest_on
    from as_of_date
    {%- endfor %}
    {%- if var('restate_from') %}
    union all
    select
        'var restate_from' as input,
        cast('{{ var("restate_from") }}' as date) as earliest_on
    from as_of_date
    {%- endif %}
)

select
    input,
    min(earliest_on) as earliest_on,
    input not in ({{ orders_only }}, {{ persons_only }}) as touches_snapshots,
    input not in ({{ orders_only }}, {{ snapshots_only }}) as touches_persons,
    input not in ({{ snapshots_only }}) as touches_orders
from causes
group by input
