-- Why raw rows were rejected, the most frequent reason of each table first, with one row as an
-- example (none for erased members). One row per table, reason and column.
with rejected as (
    select
        *,
        row_number() over (
            partition by source_table, reason, column_name order by row_key, raw_row
        ) as place
    from {{ ref('rejected_rows') }}
)

select
    source_table,
    reason,
    column_name,
    count(*) as rejected_rows,
    max(case when place = 1 then row_key end) as example_key,
    max(case when place = 1 then raw_row end) as example_row
from rejected
group by source_table, reason, column_name
order by source_table asc, rejected_rows desc, reason asc, column_name asc
