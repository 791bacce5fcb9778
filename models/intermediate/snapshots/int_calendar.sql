with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

days as (
    select
        as_of_date.first_order_on,
        as_of_date.as_of_date,
        {{ member_loyalty.unnest_integers(
            0, member_loyalty.days_between('first_order_on', 'as_of_date')
        ) }} as days_later
    from as_of_date
),

dated as (
    select
        first_order_on,
        as_of_date,
        first_order_on + cast(days_later as integer) as calendar_date
    from days
),

intervals as (
    select
        dated.*,
        {{ member_loyalty.interval_start('calendar_date') }} as interval_start_on,
        {{ member_loyalty.interval_end('calendar_date') }} as interval_end_on
    from dated
),

with_snapshot as (
    select
        calendar_date,
        case
            -- The interval in which the data begin is judged with the next one, unless it is whole.
            when interval_start_on < first_order_on
                then {{ member_loyalty.interval_end('interval_end_on + 1') }}
            else interval_end_on
        end as regular_snapshot_date,
        as_of_date
    from intervals
)

select
    calendar_date,
    least(regular_snapshot_date, as_of_date) as snapshot_date,
    dense_rank() over (order by least(regular_snapshot_date, as_of_date)) as snapshot_number
from with_snapshot
