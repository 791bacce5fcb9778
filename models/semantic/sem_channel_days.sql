{#- What of AARRR adds up over days and channels, side by side. Days of the spine on which nothing
    happened are there with zeros, so that days can be counted. -#}
{%- set measures = [
    'page_views', 'impressions', 'clicks', 'spend', 'registrations', 'new_members', 'new_buyers',
    'logins', 'activated_members', 'active_member_days', 'gross_revenue', 'discounts', 'refunds',
    'accepted_invites', 'activated_invites',
] %}
with flows as (
    select * from {{ ref('int_growth_flows') }}
    where
        period_grain = 'day'
        and channel <> 'all'
        and measure in (
            {%- for measure in measures %}
            '{{ measure }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
),

channels as (
    select channel
    from {{ ref('int_channel_periods') }}
    where channel <> 'all'
    group by channel
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

figures as (
    select
        period_start as occurred_on,
        channel,
        measure,
        amount
    from flows
    union all
    select
        spine.date_day as occurred_on,
        channels.channel,
        'none' as measure,
        0 as amount
    from {{ ref('sem_time_spine') }} as spine
    cross join channels
),

side_by_side as (
    select
        occurred_on,
        {%- for measure in measures %}
        {%- set is_amount = measure in member_loyalty.aarrr_amounts() %}
        cast(
            sum(case when measure = '{{ measure }}' then amount else 0 end)
            as {{ 'decimal(18, 2)' if is_amount else 'bigint' }}
        ) as {{ measure }},
        {%- endfor %}
        channel
    from figures
    group by occurred_on, channel
)

select
    days.*,
    cast(days.gross_revenue - days.discounts - days.refunds as decimal(18, 2)) as net_sales,
    case
        when {{ member_loyalty.is_activation_known('days.occurred_on', 'as_of_date.as_of_date') }}
            then 0
        else days.new_members
    end as waiting_members
from side_by_side as days
cross join as_of_date
