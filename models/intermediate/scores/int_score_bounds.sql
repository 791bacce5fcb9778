{{ config(materialized='view') }}

{%- set all_partitions = member_loyalty.all_partitions() %}
with rfm_scores as (
    select * from {{ ref('int_rfm_scores') }}
),

loyalty_scores as (
    select * from {{ ref('int_loyalty_scores') }}
),

thresholds as (
    select measure
    from {{ ref('score_thresholds') }}
    group by measure
),

bounds as (
    {%- for scores, measure, score, measure_value in [
        ('rfm_scores', 'recency', 'r_score', 'recency_days'),
        ('rfm_scores', 'frequency', 'f_score', 'frequency'),
        ('rfm_scores', 'monetary', 'm_score', 'monetary_amount'),
        ('loyalty_scores', 'average_order_value', 'average_order_value_score', 'average_order_value'),
        ('loyalty_scores', 'full_price', 'full_price_score', 'full_price_frequency'),
        ('loyalty_scores', 'referral', 'referral_score', 'referral_count'),
        ('loyalty_scores', 'loyalty', 'loyalty_tile', 'loyalty_score'),
    ] %}
    {{ 'union all' if not loop.first }}
    select
        snapshot_number,
        score_partition,
        '{{ measure }}' as measure,
        {{ score }} as score,
        cast(min({{ measure_value }}) as decimal(18, 4)) as lower_value,
        cast(max({{ measure_value }}) as decimal(18, 4)) as upper_value,
        count(*) as members
    from {{ scores }}
    group by snapshot_number, score_partition, {{ score }}
    {%- endfor %}
)

select
    bounds.*,
    case when thresholds.measure is not null then 'threshold' else 'quantile' end as method
from bounds
left join thresholds on bounds.measure = thresholds.measure
