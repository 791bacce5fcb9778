-- Snapshots are the Sundays from 2024-01-14 (the first order's week is not whole) to 2024-03-31, and
-- the last date of an order, a Thursday. One row per date that is missing or too much.
with expected as (
    {%- for date in [
        '2024-01-14', '2024-01-21', '2024-01-28', '2024-02-04', '2024-02-11', '2024-02-18',
        '2024-02-25', '2024-03-03', '2024-03-10', '2024-03-17', '2024-03-24', '2024-03-31',
        '2024-04-04',
    ] %}
    {{ 'union all' if not loop.first }}
    select date '{{ date }}' as snapshot_date
    {%- endfor %}
),

found as (
    select distinct snapshot_date from {{ ref('member_loyalty', 'fct_lifecycle_snapshots') }}
)

select
    expected.snapshot_date as expected_date,
    found.snapshot_date as found_date
from expected
full join found on expected.snapshot_date = found.snapshot_date
where expected.snapshot_date is null or found.snapshot_date is null
