{{ config(materialized='view') }}

with spans as (
    select * from {{ ref('int_member_spans') }}
    where member_id is not null
),

due as (
    select min(snapshot_number) as first_number from {{ ref('int_due_snapshots') }}
),

latent as (
    select
        spans.member_id,
        {{ member_loyalty.unnest_integers(
            'greatest(spans.first_known_number, due.first_number)',
            'least(coalesce(spans.first_enrolled_number - 1, spans.last_number), spans.last_number)'
        ) }} as snapshot_number
    from spans
    cross join due
    where due.first_number is not null
),

dormant_runs as (
    select * from {{ ref('int_dormant_runs') }}
),

enrolled as (
    select
        scores.member_id,
        scores.snapshot_number,
        scores.snapshot_date,
        scores.joined_on,
        scores.last_order_on,
        scores.frequency_half,
        scores.average_order_value_half,
        case
            when scores.snapshot_date >= dormant_runs.dormant_since then dormant_runs.dormant_since
        end as dormant_since
    from {{ ref('int_trait_scores') }} as scores
    left join dormant_runs
        on scores.member_id = dormant_runs.member_id
        and coalesce(scores.purchase_number, 0) = dormant_runs.purchase_number
)

select
    member_id,
    snapshot_number,
    'latent' as lifecycle_stage,
    cast(null as date) as dormant_since
from latent
union all
select
    member_id,
    snapshot_number,
    {{ member_loyalty.lifecycle_stage() | indent(4) }} as lifecycle_stage,
    dormant_since
from enrolled
