select
    member_id,
    measure,
    snapshot_date,
    score,
    next_score,
    value,
    value_needed,
    gap
from {{ ref('int_next_steps') }}
