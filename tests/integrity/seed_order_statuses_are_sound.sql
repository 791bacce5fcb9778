-- Statuses are matched in lower case: one that is not can match none (spec §2). One row per fault,
-- said in `problem`.
select
    raw_status,
    order_status,
    'order_statuses.csv: raw_status is not in lower case, so no order has it' as problem
from {{ ref('order_statuses') }}
where raw_status <> lower(raw_status)
