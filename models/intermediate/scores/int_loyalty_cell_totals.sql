with scores as (
    select * from {{ ref('int_loyalty_scores') }}
)

select
    snapshot_number,
    score_partition,
    average_order_value_score,
    full_price_score,
    referral_score,
    loyalty_tile,
    {%- for measure_value in [
        'average_order_value', 'full_price_frequency', 'referral_count', 'loyalty_score'
    ] %}
    min({{ measure_value }}) as least_{{ measure_value }},
    max({{ measure_value }}) as greatest_{{ measure_value }},
    {%- endfor %}
    count(*) as members
from scores
group by
    snapshot_number, score_partition, average_order_value_score, full_price_score, referral_score,
    loyalty_tile
