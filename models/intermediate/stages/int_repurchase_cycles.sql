{#- The cycle is kept as numerator and denominator, so that comparisons with it are exact. -#}
{%- set by_median = var('cycle_statistic') == 'median' -%}

with calendar as (
    select * from {{ ref('int_calendar') }}
),

snapshots as (
    select * from {{ ref('int_due_snapshots') }}
),

gaps as (
    select
        gap_days,
        from_on,
        least(until_on, purchase_on + {{ var('cycle_lookback_days') }}) as until_on
    from {{ ref('int_purchase_gaps') }}
    where previous_on is not null
),

changes as (
    select
        calendar.snapshot_number,
        gaps.gap_days,
        1 as gaps
    from gaps
    inner join calendar on gaps.from_on = calendar.calendar_date
    where gaps.from_on < gaps.until_on
    union all
    select
        calendar.snapshot_number,
        gaps.gap_days,
        -1 as gaps
    from gaps
    inner join calendar on gaps.until_on = calendar.calendar_date
    where gaps.from_on < gaps.until_on
),

grouped as (
    select
        snapshot_number,
        {{ 'gap_days' if by_median else '0' }} as gap_days,
        sum(gaps) as gaps,
        sum(gaps * gap_days) as days
    from changes
    group by snapshot_number{{ ', gap_days' if by_median }}
),

at_snapshots as (
    select
        snapshots.snapshot_number,
        grouped.gap_days,
        sum(grouped.gaps) as gaps,
        sum(grouped.days) as days
    from snapshots
    inner join grouped on snapshots.snapshot_number >= grouped.snapshot_number
    group by snapshots.snapshot_number, grouped.gap_days
),

{% if by_median -%}
ranked as (
    select
        at_snapshots.*,
        sum(gaps) over (
            partition by snapshot_number
            order by gap_days
            rows between unbounded preceding and current row
        ) as highest_rank,
        sum(gaps) over (partition by snapshot_number) as all_gaps
    from at_snapshots
    where gaps > 0
),

cycles as (
    -- The two middle gaps, which are one and the same where their number is odd.
    select
        snapshot_number,
        min(case when 2 * highest_rank >= all_gaps then gap_days end)
        + min(case when 2 * highest_rank >= all_gaps + 1 then gap_days end) as numerator,
        2 as denominator
    from ranked
    group by snapshot_number
),
{%- else -%}
cycles as (
    select
        snapshot_number,
        days as numerator,
        gaps as denominator
    from at_snapshots
    where gaps > 0
),
{%- endif %}

known as (
    select
        snapshots.snapshot_number,
        snapshots.snapshot_date,
        cast(coalesce(cycles.numerator, {{ var('default_cycle_days') }}) as bigint)
            as cycle_numerator,
        cast(coalesce(cycles.denominator, 1) as bigint) as cycle_denominator
    from snapshots
    left join cycles on snapshots.snapshot_number = cycles.snapshot_number
)

select
    known.*,
    {{ member_loyalty.exact_ratio('cycle_numerator', 'cycle_denominator', 6) }}
        as cycle_days
from known
