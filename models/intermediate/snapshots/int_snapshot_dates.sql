with calendar as (
    select * from {{ ref('int_calendar') }}
),

snapshots as (
    select
        snapshot_number,
        snapshot_date
    from calendar
    group by snapshot_number, snapshot_date
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
)

select
    snapshots.snapshot_number,
    snapshots.snapshot_date,
    lag(snapshots.snapshot_date) over (order by snapshots.snapshot_number)
        as previous_snapshot_date,
    snapshots.snapshot_date = as_of_date.as_of_date as is_last,
    {% if var('snapshot_start') -%}
    {{ member_loyalty.interval_start('snapshots.snapshot_date') }}
    >= date '{{ var("snapshot_start") }}'
    or snapshots.snapshot_date = as_of_date.as_of_date as is_published
    {%- else -%}
    true as is_published
    {%- endif %}
from snapshots
cross join as_of_date
