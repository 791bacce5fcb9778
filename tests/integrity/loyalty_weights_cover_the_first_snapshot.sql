-- Every snapshot has a set of loyalty weights in force (spec §3): the oldest set is valid at the
-- first snapshot. One row at most, the fault said in `problem`.
with first_snapshot as (
    select min(snapshot_date) as snapshot_date from {{ ref('int_snapshot_dates') }}
),

oldest_set as (
    select min(valid_from) as valid_from from {{ ref('loyalty_weights') }}
)

select
    first_snapshot.snapshot_date,
    oldest_set.valid_from,
    'loyalty_weights.csv: no set is valid at the first snapshot; legal: a valid_from by then'
        as problem
from first_snapshot
cross join oldest_set
where
    first_snapshot.snapshot_date is not null
    and (oldest_set.valid_from <= first_snapshot.snapshot_date) is not true
