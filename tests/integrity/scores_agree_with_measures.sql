-- A row's scores, class and measures agree (spec §3): active is who has an order in the window, and
-- so bought less than rfm_window_days ago; who is not has score 0 everywhere and class none. One
-- row per row of fct_rfm_scores that breaks it.
select
    snapshot_date,
    score_partition,
    member_id,
    recency_days,
    frequency,
    monetary_amount,
    average_order_value,
    rfm_cell,
    rfm_value_class
from {{ member_loyalty.rows_to_test(ref('fct_rfm_scores')) }}
where (
    (average_order_value is not null) = (frequency > 0)
    and (average_order_value is not null)
    = coalesce(recency_days < {{ var('rfm_window_days') }}, false)
    and (average_order_value is not null) = (rfm_value_class <> 'none')
    and (
        average_order_value is not null
        or (r_score + f_score + m_score = 0 and monetary_amount = 0)
    )
    and full_price_frequency between 0 and frequency
    and r_score between 0 and {{ var('score_bins') }}
    and f_score between 0 and {{ var('score_bins') }}
    and m_score between 0 and {{ var('score_bins') }}
    and rfm_cell = concat(r_score, f_score, m_score)
) is not true
