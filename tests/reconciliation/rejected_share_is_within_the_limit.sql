-- Of a raw table of 100 rows or more at most max_rejected_share may be defective (spec §1); rows
-- that are superseded or erased are no defects. One row per table above the limit, said in
-- `problem`.
with staged as (
    {%- for table in member_loyalty.raw_tables() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ table }}' as source_table,
        count(*) as staged_rows
    from {{ ref('stg_' ~ table) }}
    {%- endfor %}
),

rejected as (
    select
        source_table,
        count(*) as rejected_rows,
        count(case when reason not in ('duplicate_superseded', 'erased_member') then 1 end)
            as defects
    from {{ ref('rejected_rows') }}
    group by source_table
),

shares as (
    select
        rejected.source_table,
        rejected.defects,
        staged.staged_rows + rejected.rejected_rows as raw_rows
    from rejected
    inner join staged on rejected.source_table = staged.source_table
)

select
    shares.*,
    concat(
        source_table, ': ', defects, ' of ', raw_rows, ' rows are defective, more than the share ',
        '{{ var("max_rejected_share") }} that var max_rejected_share allows; ',
        'see marts.rejected_rows'
    ) as problem
from shares
where raw_rows >= 100 and defects > {{ var('max_rejected_share') }} * raw_rows
