-- How well members are ordered with each weight, and two standard errors to either side.
select
    outcome,
    trait,
    weight,
    mean_auc,
    mean_auc - 2 * auc_error as lower_auc,
    mean_auc + 2 * auc_error as upper_auc
from agg_weight_curves
where mean_auc is not null
order by outcome, trait, weight
