{#- Who joined in a month, followed by calendar month; months_since 0 is the month of joining. -#}
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

members as (
    select
        {{ member_loyalty.period_start('month', 'members.joined_on') }} as cohort_month,
        {{ member_loyalty.channel_of('members.acquisition_channel') }} as channel
    from {{ ref('int_members') }} as members
    inner join as_of_date on members.joined_on <= as_of_date.as_of_date
),

months_of_members as (
    select
        {{ member_loyalty.period_start('month', 'days.joined_on') }} as cohort_month,
        days.channel,
        {{ member_loyalty.period_start('month', 'days.occurred_on') }} as month_start,
        sum(days.active_members_month) as active_members,
        sum(days.buyers_month) as buyers,
        sum(days.valid_orders) as orders,
        sum(days.net_revenue) as net_revenue
    from {{ ref('int_member_days') }} as days
    inner join as_of_date on days.joined_on <= as_of_date.as_of_date
    where {{ member_loyalty.period_start('month', 'days.joined_on') }} <= days.occurred_on
    group by
        {{ member_loyalty.period_start('month', 'days.joined_on') }},
        days.channel,
        {{ member_loyalty.period_start('month', 'days.occurred_on') }}
),

cohorts as (
    {%- for channel in ['channel', "'all'"] %}
    {{ 'union all' if not loop.first }}
    select
        cohort_month,
        {{ channel }} as channel,
        count(*) as members
    from members
    group by cohort_month{{ ', channel' if loop.first }}
    {%- endfor %}
),

months as (
    {%- for channel in ['channel', "'all'"] %}
    {{ 'union all' if not loop.first }}
    select
        cohort_month,
        {{ channel }} as channel,
        {{ member_loyalty.month_number('month_start') }}
        - {{ member_loyalty.month_number('cohort_month') }} as months_since,
        sum(active_members) as active_members,
        sum(buyers) as buyers,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue
    from months_of_members
    group by cohort_month, month_start{{ ', channel' if loop.first }}
    {%- endfor %}
),

ages as (
    select
        cohorts.*,
        {{ member_loyalty.month_number('as_of_date.as_of_date') }}
        - {{ member_loyalty.month_number('cohorts.cohort_month') }} as last_age,
        {{ member_loyalty.period_start('month', 'as_of_date.as_of_date + 1') }}
        > as_of_date.as_of_date as is_month_end
    from cohorts
    cross join as_of_date
),

cohort_months as (
    select
        ages.*,
        {{ member_loyalty.unnest_integers(0, 'ages.last_age') }} as months_since
    from ages
),

curves as (
    select
        cohort_months.cohort_month,
        cohort_months.channel,
        cast(cohort_months.months_since as integer) as months_since,
        cohort_months.members,
        coalesce(months.active_members, 0) as active_members,
        coalesce(months.buyers, 0) as buyers,
        coalesce(months.orders, 0) as orders,
        coalesce(months.net_revenue, 0) as net_revenue,
        sum(coalesce(months.net_revenue, 0)) over (
            partition by cohort_months.cohort_month, cohort_months.channel
            order by cohort_months.months_since
            rows between unbounded preceding and current row
        ) as cumulative_revenue,
        cohort_months.months_since < cohort_months.last_age or cohort_months.is_month_end
            as is_complete
    from cohort_months
    left join months
        on cohort_months.cohort_month = months.cohort_month
        and cohort_months.channel = months.channel
        and cohort_months.months_since = months.months_since
)

select
    cohort_month,
    channel,
    months_since,
    members,
    cast(active_members as bigint) as active_members,
    cast(buyers as bigint) as buyers,
    cast(orders as bigint) as orders,
    cast(net_revenue as decimal(18, 2)) as net_revenue,
    {{ member_loyalty.wide_ratio('cumulative_revenue', 'members', 6) }}
        as cumulative_revenue_per_member,
    is_complete
from curves
