-- The member's measures at the last snapshot, and which values have the same score there.
with measured as (
    select
        rfm.snapshot_date,
        rfm.recency_days,
        rfm.frequency,
        rfm.monetary_amount,
        rfm.average_order_value,
        rfm.full_price_frequency,
        loyalty.referral_count,
        rfm.r_score,
        rfm.f_score,
        rfm.m_score,
        loyalty.average_order_value_score,
        loyalty.full_price_score,
        loyalty.referral_score,
        loyalty.loyalty_score,
        loyalty.loyalty_tile,
        [
            'all', concat('r', rfm.r_score), concat('r', rfm.r_score, 'f', rfm.f_score)
        ] as within_scores
    from fct_rfm_scores as rfm
    inner join fct_loyalty_scores as loyalty
        on rfm.snapshot_date = loyalty.snapshot_date and rfm.member_id = loyalty.member_id
    where
        rfm.member_id = $member
        and rfm.score_partition = 'all'
        and rfm.snapshot_date = (select max(snapshot_date) from fct_rfm_scores)
),

listed as (
    select snapshot_date, 'recency' as measure, recency_days as value, r_score as score
    from measured
    union all
    select snapshot_date, 'frequency', frequency, f_score from measured
    union all
    select snapshot_date, 'monetary', monetary_amount, m_score from measured
    union all
    select snapshot_date, 'average_order_value', average_order_value, average_order_value_score
    from measured
    union all
    select snapshot_date, 'full_price', full_price_frequency, full_price_score from measured
    union all
    select snapshot_date, 'referral', referral_count, referral_score from measured
    union all
    select snapshot_date, 'loyalty', loyalty_score, loyalty_tile from measured
)

select
    listed.measure,
    listed.value,
    listed.score,
    bounds.lower_value,
    bounds.upper_value,
    case
        when bounds.lower_value is null then 'nothing'
        when bounds.lower_value = bounds.upper_value then 'one'
        else 'range'
    end as wording,
    steps.next_score,
    steps.value_needed,
    case when steps.next_score is null then 'top' else 'step' end as next_wording
from listed
cross join measured
left join agg_score_bounds as bounds
    on
        list_contains(measured.within_scores, bounds.within_scores)
        and listed.snapshot_date = bounds.snapshot_date
        and bounds.score_partition = 'all'
        and listed.measure = bounds.measure
        and listed.score = bounds.score
left join fct_next_steps as steps
    on steps.member_id = $member and listed.measure = steps.measure
