{#- Long: what is counted within a period, by channel, and once more for all channels. -#}
{%- set additive = [
    'orders', 'gross_revenue', 'discounts', 'refunds', 'member_orders', 'member_revenue',
    'active_member_days', 'new_buyers',
] %}
{%- set once_a_period = ['active_members', 'retained_members', 'buyers', 'recalled_members'] %}
{%- set visitors = member_loyalty.aarrr_visitor_flows() %}
with counted as (
    select
        period_grain,
        counted_on,
        channel,
        measure,
        amount
    from {{ ref('int_channel_totals') }}
    {%- for relation, measures, by_grain in [
        (ref('int_member_day_totals'), additive, false),
        (ref('int_order_totals'), additive[:4], false),
        (ref('int_member_day_totals'), once_a_period, true),
        (ref('int_visit_totals'), visitors, true),
    ] %}
    {%- for measure in measures %}
    {%- for grain in (member_loyalty.period_grains() if by_grain else [none]) %}
    union all
    select
        {{ member_loyalty.as_text("'" ~ grain ~ "'" if grain else 'null') }} as period_grain,
        counted_on,
        channel,
        '{{ measure }}' as measure,
        cast({{ measure ~ '_' ~ grain if grain else measure }} as decimal(18, 2)) as amount
    from {{ relation }}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
),

by_period as (
    {%- for grain in member_loyalty.period_grains() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ grain }}' as period_grain,
        {{ member_loyalty.period_start(grain, 'counted_on') }} as period_start,
        channel,
        measure,
        sum(amount) as amount,
        max(counted_on) as last_counted_on
    from counted
    where amount <> 0 and coalesce(period_grain, '{{ grain }}') = '{{ grain }}'
    group by {{ member_loyalty.period_start(grain, 'counted_on') }}, channel, measure
    {%- endfor %}
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
{%- for grain in member_loyalty.period_grains() %}
union all
select
    period_grain,
    {{ member_loyalty.next_period_start(grain, 'period_start') }} as period_start,
    channel,
    'previous_active_members' as measure,
    amount,
    last_counted_on
from in_channels
where measure = 'active_members' and period_grain = '{{ grain }}'
{%- endfor %}
