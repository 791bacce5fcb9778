-- Nothing is lost (spec §1): of each raw table every row is either staged or rejected. A source
-- that is switched off has no row at all. One row per table that does not add up, said in
-- `problem`.
with counted as (
    {%- for table in member_loyalty.raw_tables() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ table }}' as source_table,
        {% if var('using_' ~ table, true) -%}
        (select count(*) from {{ source('raw', table) }}) as raw_rows,
        {%- else -%}
        0 as raw_rows,
        {%- endif %}
        (select count(*) from {{ ref('stg_' ~ table) }}) as staged_rows,
        (select count(*) from {{ ref('rejected_rows') }} where source_table = '{{ table }}')
            as rejected_rows
    {%- endfor %}
)

select
    counted.*,
    concat(
        source_table, ': ', raw_rows, ' raw rows, but ', staged_rows, ' staged and ', rejected_rows,
        ' rejected'
    ) as problem
from counted
where (raw_rows = staged_rows + rejected_rows) is not true
