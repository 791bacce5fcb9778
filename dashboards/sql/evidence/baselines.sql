-- The loyalty score with the weights in force beside the baselines, over all origins.
select
    outcome,
    case when is_in_force then 'loyalty' else trait end as ranking,
    avg(auc) as auc,
    min(auc) as least_auc,
    max(auc) as greatest_auc,
    avg(lift_top_decile) as lift_top_decile,
    avg(spearman) as spearman,
    count(*) as origins,
    min(origin_date) as first_origin,
    max(origin_date) as last_origin,
    max(horizon_days) as horizon_days
from agg_weight_backtest
where
    (is_in_force and trait = 'referral')
    or trait in ('recency', 'frequency', 'monetary', 'rfm', 'bg_nbd', 'random')
group by outcome, ranking
order by outcome, auc desc nulls last, ranking
