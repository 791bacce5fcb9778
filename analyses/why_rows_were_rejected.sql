-- Why raw rows were rejected, the most frequent reason of each table first, with one row as an
-- example (none for erased members). One row per table, reason and column.
with rejected as (
    select * from {{ ref('rejected_rows') }}
)

select
    source_table,
    reason,
    column_name,
    count(*) as rejected_rows,
    min(row_key) as example_key,
    min(raw_row) as example_row
from rejected
group by source_table, reason, column_name
order by source_table asc, rejected_rows desc, reason asc, column_name asc
