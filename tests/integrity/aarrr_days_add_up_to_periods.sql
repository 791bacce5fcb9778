-- What counts on a day adds up to weeks and months (spec §5); who is counted once a period is not
-- more than over its days, and not less than on the busiest. Balances are those of the last day.
-- Who visits on one day and registers on another is of the week, but of no day. Periods that begin
-- before the first day are left out: their first days have no row. One row per period, channel and
-- measure that differs.
{%- set grains = ['week', 'month'] %}
{%- set once_a_period = member_loyalty.aarrr_visitor_flows()
    + ['active_members', 'buyers', 'invites'] %}
{%- set balances = member_loyalty.aarrr_balances() | reject('equalto', 'dormant_members') | list %}
{%- set measures = (member_loyalty.aarrr_flows() + balances)
    | reject('in', ['retained_members', 'previous_active_members', 'recalled_members']) | list %}
with longer as (
    select * from {{ ref('agg_aarrr') }}
    where period_grain <> 'day'
),

days as (
    {%- for grain in grains %}
    {{ 'union all' if not loop.first }}
    select
        '{{ grain }}' as longer_grain,
        {{ member_loyalty.period_start(grain, 'daily.period_start') }} as longer_start,
        daily.*
    from {{ ref('agg_aarrr') }} as daily
    where daily.period_grain = 'day'
    {%- endfor %}
),

last_days as (
    select
        longer_grain,
        longer_start,
        max(period_start) as last_day
    from days
    group by longer_grain, longer_start
    having min(period_start) = longer_start
),

compared as (
    {%- for measure in measures %}
    {{ 'union all' if not loop.first }}
    select
        longer.period_grain,
        longer.period_start,
        longer.channel,
        '{{ measure }}' as measure,
        '{{ 'visit' if measure == 'registered_visitors' else 'once' if measure in once_a_period
            else 'balance' if measure in balances else 'sum' }}' as kind,
        longer.{{ measure }} as in_period,
        sum(days.{{ measure }}) as over_days,
        max(days.{{ measure }}) as on_a_day,
        sum(case when days.period_start = last_days.last_day then days.{{ measure }} end)
            as on_last_day
    from longer
    inner join last_days
        on longer.period_grain = last_days.longer_grain
        and longer.period_start = last_days.longer_start
    inner join days
        on longer.period_grain = days.longer_grain
        and longer.period_start = days.longer_start
        and longer.channel = days.channel
    group by longer.period_grain, longer.period_start, longer.channel, longer.{{ measure }}
    {%- endfor %}
)

select *
from compared
where (
    (kind = 'visit' and in_period >= on_a_day)
    or (kind = 'once' and in_period between on_a_day and over_days)
    or (kind = 'balance' and in_period = on_last_day)
    or (kind = 'sum' and in_period = over_days)
) is not true
