-- What the last builds restated, and why.
select
    started_at,
    input,
    earliest_on,
    restated_from,
    snapshots_restated,
    rows_restated,
    seconds
from fct_build_log
order by started_at desc, input
limit 20
