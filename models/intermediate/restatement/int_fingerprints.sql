with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

reference as (
    select
        'first order' as input,
        first_order_on as fact_on,
        {{ member_loyalty.row_hash(['first_order_on']) }} as fact_hash
    from as_of_date
    union all
    select
        'as_of_date' as input,
        as_of_date + 1 as fact_on,
        {{ member_loyalty.row_hash(['as_of_date']) }} as fact_hash
    from as_of_date
    union all
    select
        'code and vars' as input,
        first_order_on as fact_on,
        {{ member_loyalty.row_hash(["'" ~ member_loyalty.code_version() ~ "'"]) }} as fact_hash
    from as_of_date
    union all
    select
        case
            when snapshot_date = {{ member_loyalty.interval_end('snapshot_date') }}
                then 'snapshot dates'
            else 'extra snapshot'
        end as input,
        snapshot_date as fact_on,
        {{ member_loyalty.row_hash(['snapshot_date']) }} as fact_hash
    from {{ ref('int_snapshot_dates') }}
    where is_published
    union all
    select
        'seed loyalty_weights' as input,
        greatest(weights.valid_from, as_of_date.first_order_on) as fact_on,
        {{ member_loyalty.row_hash(['valid_from', 'measure', 'weight']) }} as fact_hash
    from {{ ref('loyalty_weights') }} as weights
    cross join as_of_date
    union all
    select
        'seed score_thresholds' as input,
        as_of_date.first_order_on as fact_on,
        {{ member_loyalty.row_hash(['measure', 'score', 'lower_bound']) }} as fact_hash
    from {{ ref('score_thresholds') }}
    cross join as_of_date
    union all
    select
        'seed rfm_segments' as input,
        as_of_date.first_order_on as fact_on,
        {{ member_loyalty.row_hash(['r_score', 'f_score', 'm_score', 'rfm_segment']) }}
            as fact_hash
    from {{ ref('int_rfm_cells') }}
    cross join as_of_date
    union all
    select
        'seed segment_playbook' as input,
        as_of_date.first_order_on as fact_on,
        {{ member_loyalty.row_hash(['segment_family', 'segment', 'priority']) }} as fact_hash
    from {{ ref('segment_playbook') }}
    cross join as_of_date
),

facts as (
    select
        input,
        fact_on,
        fact_hash
    from {{ ref('int_order_facts') }}
    union all
    select
        input,
        fact_on,
        fact_hash
    from {{ ref('int_person_facts') }}
    where input <> 'window'
    union all
    select * from reference
)

select
    '{{ invocation_id }}' as build_id,
    input,
    fact_on,
    count(*) as facts,
    {{ member_loyalty.fingerprint('fact_hash') }} as fingerprint
from facts
group by input, fact_on
