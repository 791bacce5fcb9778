{#- Written before anything that it restates: a build that ends without a ledger is known by it. -#}
with causes as (
    select * from {{ ref('int_restatement_causes') }}
),

earliest as (
    select
        min(case when touches_snapshots then earliest_on end) as restate_from,
        min(case when touches_persons then earliest_on end) as restate_persons_from,
        min(case when touches_orders then earliest_on end) as restate_orders_from
    from causes
)

select
    '{{ invocation_id }}' as build_id,
    {{ member_loyalty.build_started_at() }} as started_at,
    {{ member_loyalty.was_interrupted() }} as resumes_interrupted_build,
    coalesce(causes.input, 'nothing') as input,
    causes.earliest_on,
    earliest.restate_from,
    earliest.restate_persons_from,
    earliest.restate_orders_from
from earliest
left join causes on causes.earliest_on is not null
