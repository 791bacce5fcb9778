{{ config(severity='warn') }}
-- Warns of defective raw rows, however few (spec §1). One row per raw table and reason, said in
-- `problem`; rejected_share_is_within_the_limit fails where they are too many.
select
    source_table,
    reason,
    count(*) as defects,
    concat(source_table, ': ', count(*), ' rows rejected as ', reason) as problem
from {{ ref('rejected_rows') }}
where reason not in ('duplicate_superseded', 'erased_member')
group by source_table, reason
