{#- Every period from the first order to as_of_date, in every channel that anything counts for. -#}
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

periods as (
    {%- for grain in member_loyalty.period_grains() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ grain }}' as period_grain,
        {{ member_loyalty.period_start(grain, 'calendar_date') }} as period_start,
        {{ member_loyalty.next_period_start(
            grain, member_loyalty.period_start(grain, 'calendar_date')
        ) }} as next_start
    from {{ ref('int_calendar') }}
    group by {{ member_loyalty.period_start(grain, 'calendar_date') }}
    {%- endfor %}
),

named_channels as (
    select event_days.channel
    from {{ ref('int_event_days') }} as event_days
    inner join as_of_date on event_days.occurred_on <= as_of_date.as_of_date
    union all
    select spend.channel
    from {{ ref('stg_marketing_spend') }} as spend
    inner join as_of_date on spend.spent_on <= as_of_date.as_of_date
    union all
    select acquisition_channel as channel
    from {{ ref('int_members') }}
    union all
    select 'unknown' as channel
),

channels as (
    select {{ member_loyalty.channel_of('channel') }} as channel
    from named_channels
    group by {{ member_loyalty.channel_of('channel') }}
    union all
    select 'all' as channel
),

snapshots_before as (
    select
        periods.period_grain,
        periods.period_start,
        max(snapshots.snapshot_date) as snapshot_before
    from periods
    inner join {{ ref('int_snapshot_dates') }} as snapshots
        on periods.period_start > snapshots.snapshot_date
    where snapshots.is_published
    group by periods.period_grain, periods.period_start
)

select
    periods.period_grain,
    periods.period_start,
    channels.channel,
    least(periods.next_start - 1, as_of_date.as_of_date) as period_end,
    periods.next_start <= as_of_date.as_of_date + 1 as is_complete,
    snapshots_before.snapshot_before
from periods
cross join channels
cross join as_of_date
left join snapshots_before
    on periods.period_grain = snapshots_before.period_grain
    and periods.period_start = snapshots_before.period_start
