-- Loyalty weights are never negative (spec §3). One row per fault, said in `problem`.
select
    valid_from,
    measure,
    weight,
    'loyalty_weights.csv: weight below 0; legal: 0 or more' as problem
from {{ ref('loyalty_weights') }}
where (weight >= 0) is not true
