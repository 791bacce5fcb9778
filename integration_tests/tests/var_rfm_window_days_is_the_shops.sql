-- Ben last bought on 2024-01-10: after 60 days that no longer counts. One row per snapshot at which
-- his frequency is not what the shop's window gives.
select
    snapshot_date,
    frequency
from {{ ref('member_loyalty', 'fct_rfm_scores') }}
where member_id = 'ben'
    and score_partition = 'all'
    and frequency <> case when snapshot_date < date '2024-03-10' then 1 else 0 end
