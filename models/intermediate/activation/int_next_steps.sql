{{ config(materialized='view') }}

with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

members as (
    select
        rfm_scores.*,
        loyalty_scores.average_order_value_score,
        loyalty_scores.full_price_score,
        loyalty_scores.referral_score,
        loyalty_scores.referral_count,
        loyalty_scores.loyalty_tile,
        loyalty_scores.loyalty_score
    from {{ ref('fct_rfm_scores') }} as rfm_scores
    inner join as_of_date on rfm_scores.snapshot_date = as_of_date.as_of_date
    inner join {{ ref('fct_loyalty_scores') }} as loyalty_scores
        on rfm_scores.snapshot_date = loyalty_scores.snapshot_date
        and rfm_scores.member_id = loyalty_scores.member_id
    where rfm_scores.score_partition = {{ member_loyalty.all_partitions() }}
),

-- A score's next one is the next that somebody has.
bounds as (
    select
        bounds.measure,
        bounds.score,
        bounds.within_scores,
        lead(bounds.score) over upwards as next_score,
        lead(bounds.lower_value) over upwards as next_lower_value,
        lead(bounds.upper_value) over upwards as next_upper_value
    from {{ ref('agg_score_bounds') }} as bounds
    inner join as_of_date on bounds.snapshot_date = as_of_date.as_of_date
    where bounds.score_partition = {{ member_loyalty.all_partitions() }}
    window upwards as (
        partition by bounds.measure, bounds.within_scores
        order by bounds.score
    )
),

scores as (
    {%- for measure, score, measure_value in [
        ('recency', 'r_score', 'recency_days'),
        ('frequency', 'f_score', 'frequency'),
        ('monetary', 'm_score', 'monetary_amount'),
        ('average_order_value', 'average_order_value_score', 'average_order_value'),
        ('full_price', 'full_price_score', 'full_price_frequency'),
        ('referral', 'referral_score', 'referral_count'),
        ('loyalty', 'loyalty_tile', 'loyalty_score'),
    ] %}
    {{ 'union all' if not loop.first }}
    select
        member_id,
        snapshot_date,
        '{{ measure }}' as measure,
        {{ score }} as score,
        {{ member_loyalty.within_scores(measure) }} as within_scores,
        cast({{ measure_value }} as decimal(18, 4)) as measure_value
    from members
    {%- endfor %}
),

steps as (
    select
        scores.*,
        bounds.next_score,
        {{ member_loyalty.nearest_bound(
            'scores.measure', 'scores.measure_value', 'bounds.next_lower_value',
            'bounds.next_upper_value'
        ) | indent(8) }} as value_needed
    from scores
    inner join bounds
        on scores.measure = bounds.measure
        and scores.score = bounds.score
        and scores.within_scores = bounds.within_scores
    where bounds.next_score is not null
)

select
    member_id,
    measure,
    snapshot_date,
    score,
    next_score,
    measure_value as value, -- noqa: RF04
    value_needed,
    cast(abs(measure_value - value_needed) as decimal(18, 4)) as gap
from steps
