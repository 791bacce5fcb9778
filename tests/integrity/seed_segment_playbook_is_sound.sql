-- A pause is never negative. One row per fault, said in `problem`.
select
    segment_family,
    segment,
    cooldown_days,
    'segment_playbook.csv: cooldown_days below 0; legal: 0 or more' as problem
from {{ ref('segment_playbook') }}
where (cooldown_days >= 0) is not true
