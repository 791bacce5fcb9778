-- The AUC of the ranking in force and of two baselines at each origin.
select
    outcome,
    case when is_in_force then 'loyalty' else trait end as ranking,
    origin_date,
    auc
from agg_weight_backtest
where
    auc is not null
    and ((is_in_force and trait = 'referral') or trait in ('recency', 'rfm', 'bg_nbd', 'random'))
order by outcome, origin_date
