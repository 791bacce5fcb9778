{{ config(materialized='view') }}

with rfm_cells as (
    select * from {{ ref('int_rfm_cell_totals') }}
),

loyalty_cells as (
    select * from {{ ref('int_loyalty_cell_totals') }}
),

thresholds as (
    select measure
    from {{ ref('score_thresholds') }}
    group by measure
),

bounds as (
    {%- for cells, measure, score, measure_value in [
        ('rfm', 'recency', 'r_score', 'recency_days'),
        ('rfm', 'frequency', 'f_score', 'frequency'),
        ('rfm', 'monetary', 'm_score', 'monetary_amount'),
        ('loyalty', 'average_order_value', 'average_order_value_score', 'average_order_value'),
        ('loyalty', 'full_price', 'full_price_score', 'full_price_frequency'),
        ('loyalty', 'referral', 'referral_score', 'referral_count'),
        ('loyalty', 'loyalty', 'loyalty_tile', 'loyalty_score'),
    ] %}
    {{ 'union all' if not loop.first }}
    select
        snapshot_number,
        score_partition,
        '{{ measure }}' as measure,
        {{ member_loyalty.within_scores(measure) }} as within_scores,
        {{ score }} as score,
        cast(min(least_{{ measure_value }}) as decimal(18, 4)) as lower_value,
        cast(max(greatest_{{ measure_value }}) as decimal(18, 4)) as upper_value,
        cast(sum(members) as bigint) as members
    from {{ cells }}_cells
    group by
        snapshot_number,
        score_partition,
        {%- for parent in member_loyalty.score_parents(measure) %}
        {{ parent }},
        {%- endfor %}
        {{ score }}
    {%- endfor %}
)

select
    bounds.*,
    case when thresholds.measure is not null then 'threshold' else 'quantile' end as method
from bounds
left join thresholds on bounds.measure = thresholds.measure
