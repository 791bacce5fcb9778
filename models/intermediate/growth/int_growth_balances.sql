{#- What stands at the end of a period, a running sum of what changed by day; and who was dormant at
    the last snapshot before it. -#}
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

changes as (
    select * from {{ ref('int_growth_changes') }}
),

in_channels as (
    {%- for channel in ['changes.channel', "'all'"] %}
    {{ 'union all' if not loop.first }}
    select
        changes.measure,
        {{ channel }} as channel,
        {{ member_loyalty.calendar_day('changes.changed_on') }} as changed_on,
        changes.change
    from changes
    cross join as_of_date
    {%- endfor %}
),

series as (
    select
        measure,
        channel
    from in_channels
    group by measure, channel
),

daily as (
    select
        measure,
        channel,
        changed_on,
        sum(change) as change
    from in_channels
    group by measure, channel, changed_on
),

balances as (
    select
        series.measure,
        series.channel,
        calendar.calendar_date,
        sum(coalesce(daily.change, 0)) over (
            partition by series.measure, series.channel
            order by calendar.calendar_date
            rows between unbounded preceding and current row
        ) as amount
    from series
    cross join {{ ref('int_calendar') }} as calendar
    left join daily
        on series.measure = daily.measure
        and series.channel = daily.channel
        and calendar.calendar_date = daily.changed_on
),

dormant as (
    select
        snapshots.snapshot_date,
        {{ member_loyalty.channel_of('members.acquisition_channel') }} as channel,
        count(*) as amount
    from {{ ref('fct_lifecycle_snapshots') }} as snapshots
    inner join {{ ref('int_members') }} as members on snapshots.member_id = members.member_id
    where {{ member_loyalty.is_dormant('snapshots.lifecycle_stage') }}
    group by
        snapshots.snapshot_date,
        {{ member_loyalty.channel_of('members.acquisition_channel') }}
),

dormant_in_channels as (
    select * from dormant
    union all
    select
        snapshot_date,
        'all' as channel,
        sum(amount) as amount
    from dormant
    group by snapshot_date
),

periods as (
    select * from {{ ref('int_channel_periods') }}
)

select
    periods.period_grain,
    periods.period_start,
    periods.channel,
    balances.measure,
    cast(balances.amount as decimal(18, 2)) as amount
from periods
inner join balances
    on periods.period_end = balances.calendar_date
    and periods.channel = balances.channel
union all
select
    periods.period_grain,
    periods.period_start,
    periods.channel,
    'dormant_members' as measure,
    cast(dormant_in_channels.amount as decimal(18, 2)) as amount
from periods
inner join dormant_in_channels
    on periods.snapshot_before = dormant_in_channels.snapshot_date
    and periods.channel = dormant_in_channels.channel
