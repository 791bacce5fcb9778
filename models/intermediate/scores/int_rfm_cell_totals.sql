with scores as (
    select * from {{ ref('int_rfm_scores') }}
)

select
    snapshot_number,
    score_partition,
    r_score,
    f_score,
    m_score,
    {%- for measure_value in ['recency_days', 'frequency', 'monetary_amount'] %}
    min({{ measure_value }}) as least_{{ measure_value }},
    max({{ measure_value }}) as greatest_{{ measure_value }},
    {%- endfor %}
    count(*) as members,
    sum(orders) as orders,
    sum(monetary_amount) as net_revenue
from scores
group by snapshot_number, score_partition, r_score, f_score, m_score
