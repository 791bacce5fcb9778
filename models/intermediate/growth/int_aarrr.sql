{%- set flows = member_loyalty.aarrr_flows() %}
{%- set balances = member_loyalty.aarrr_balances() %}
{%- set amounts = member_loyalty.aarrr_amounts() %}
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

periods as (
    select * from {{ ref('int_channel_periods') }}
),

figures as (
    select
        period_grain,
        period_start,
        channel,
        measure,
        amount,
        last_counted_on
    from {{ ref('int_growth_flows') }}
    union all
    select
        period_grain,
        period_start,
        channel,
        measure,
        amount,
        cast(null as date) as last_counted_on
    from {{ ref('int_growth_balances') }}
),

side_by_side as (
    select
        period_grain,
        period_start,
        channel,
        {%- for measure in flows + balances %}
        sum(case when measure = '{{ measure }}' then amount end) as {{ measure }},
        {%- endfor %}
        max(case when measure = 'new_members' then last_counted_on end) as last_joined_on
    from figures
    group by period_grain, period_start, channel
),

filled as (
    select
        periods.period_grain,
        periods.period_start,
        periods.channel,
        periods.is_complete,
        {{ member_loyalty.days_between('periods.period_start', 'periods.period_end') }} + 1 as days,
        {%- for measure in flows + balances %}
        cast(coalesce(side_by_side.{{ measure }}, 0) as {{ 'decimal(18, 2)' if measure in amounts
            else 'bigint' }}) as {{ measure }},
        {%- endfor %}
        cast(
            coalesce(side_by_side.gross_revenue, 0) - coalesce(side_by_side.discounts, 0)
            - coalesce(side_by_side.refunds, 0) as decimal(18, 2)
        ) as net_sales,
        {{ member_loyalty.is_activation_known(
            'side_by_side.last_joined_on', 'as_of_date.as_of_date'
        ) }} as is_activation_known
    from periods
    cross join as_of_date
    left join side_by_side
        on periods.period_grain = side_by_side.period_grain
        and periods.period_start = side_by_side.period_start
        and periods.channel = side_by_side.channel
)

select
    period_grain,
    period_start,
    channel,
    {%- for measure in flows + ['net_sales'] + balances %}
    {{ measure }},
    {%- endfor %}
    {{ member_loyalty.wide_ratio('active_member_days', 'days', 6) }} as mean_daily_active_members,
    {%- for name, numerator, denominator, condition in member_loyalty.aarrr_ratios() %}
    case
        when {{ condition or 'true' }}
            then {{ member_loyalty.wide_ratio(numerator, denominator, 6) | indent(12) }}
    end as {{ name }},
    {%- endfor %}
    is_complete
from filled
