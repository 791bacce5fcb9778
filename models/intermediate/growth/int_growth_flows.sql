{#- Long: what is counted within a period, by channel and for all channels. Measures are put below
    each other by a join: an engine that inlines CTEs would plan hundreds of queries. -#}
{%- set additive = [
    'orders', 'gross_revenue', 'discounts', 'refunds', 'member_orders', 'member_revenue',
    'active_member_days', 'new_buyers',
] %}
{%- set once_a_period = ['active_members', 'retained_members', 'buyers', 'recalled_members'] %}
{%- set visitors = member_loyalty.aarrr_visitor_flows() %}
{%- set grains = member_loyalty.period_grains() %}
with grains as (
    {%- for grain in grains %}
    {{ 'union all' if not loop.first }}
    select '{{ grain }}' as period_grain
    {%- endfor %}
),

measures as (
    {%- for measure in additive + once_a_period + visitors %}
    {{ 'union all' if not loop.first }}
    select '{{ measure }}' as measure
    {%- endfor %}
),

counted as (
    select
        period_grain,
        counted_on,
        channel,
        measure,
        amount
    from {{ ref('int_channel_totals') }}
    {%- for relation, names, by_grain in [
        (ref('int_member_day_totals'), additive, false),
        (ref('int_order_totals'), additive[:4], false),
        (ref('int_member_day_totals'), once_a_period, true),
        (ref('int_visit_totals'), visitors, true),
    ] %}
    union all
    select
        {{ 'grains.period_grain' if by_grain
            else member_loyalty.as_text('null') ~ ' as period_grain' }},
        totals.counted_on,
        totals.channel,
        measures.measure,
        {{ member_loyalty.amount_of_measure(names, grains if by_grain else [none]) | indent(8) }}
            as amount
    from {{ relation }} as totals
    cross join measures
    {{ 'cross join grains' if by_grain }}
    {%- endfor %}
),

dated as (
    select
        grains.period_grain,
        case grains.period_grain
            {%- for grain in grains %}
            when '{{ grain }}' then {{ member_loyalty.period_start(grain, 'counted.counted_on') }}
            {%- endfor %}
        end as period_start,
        counted.channel,
        counted.measure,
        counted.amount,
        counted.counted_on
    from counted
    cross join grains
    where
        counted.amount <> 0
        and coalesce(counted.period_grain, grains.period_grain) = grains.period_grain
),

by_period as (
    select
        period_grain,
        period_start,
        channel,
        measure,
        sum(amount) as amount,
        max(counted_on) as last_counted_on
    from dated
    group by period_grain, period_start, channel, measure
),

in_channels as (
    select * from by_period
    union all
    select
        period_grain,
        period_start,
        'all' as channel,
        measure,
        sum(amount) as amount,
        max(last_counted_on) as last_counted_on
    from by_period
    where
        measure not in (
            {%- for visitor_measure in visitors %}
            '{{ visitor_measure }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
    group by period_grain, period_start, measure
)

select * from in_channels
union all
select
    period_grain,
    case period_grain
        {%- for grain in grains %}
        when '{{ grain }}' then {{ member_loyalty.next_period_start(grain, 'period_start') }}
        {%- endfor %}
    end as period_start,
    channel,
    'previous_active_members' as measure,
    amount,
    last_counted_on
from in_channels
where measure = 'active_members'
