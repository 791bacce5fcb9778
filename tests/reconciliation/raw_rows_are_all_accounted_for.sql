-- Nothing is lost (spec §1): of each raw table every row is either staged or rejected. A source
-- that is switched off has no row at all. One row per table that does not add up, said in
-- `problem`.
with rejected as (
    select
        source_table,
        count(*) as rejected_rows
    from {{ ref('rejected_rows') }}
    group by source_table
),

counted as (
    {%- for table in member_loyalty.raw_tables() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ table }}' as source_table,
        {% if var('using_' ~ table, true) -%}
        (select count(*) from {{ source('raw', table) }}) as raw_rows,
        {%- else -%}
        0 as raw_rows,
        {%- endif %}
        (select count(*) from {{ ref('stg_' ~ table) }}) as staged_rows
    {%- endfor %}
)

select
    counted.*,
    coalesce(rejected.rejected_rows, 0) as rejected_rows,
    concat(
        counted.source_table, ': ', counted.raw_rows, ' raw rows, but ', counted.staged_rows,
        ' staged and ', coalesce(rejected.rejected_rows, 0), ' rejected'
    ) as problem
from counted
left join rejected on counted.source_table = rejected.source_table
where counted.raw_rows <> counted.staged_rows + coalesce(rejected.rejected_rows, 0)
