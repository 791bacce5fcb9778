-- The cohorts of agg_cohort_retention hold each valid order of fct_orders since the month in which
-- its member joined, and are as large as the new_members of agg_aarrr (spec §5). One row per cohort
-- that differs.
with members as (
    select
        members.member_id,
        {{ member_loyalty.period_start('month', 'members.joined_on') }} as cohort_month
    from {{ ref('dim_members') }} as members
    inner join {{ ref('int_as_of_date') }} as as_of_date
        on members.joined_on <= as_of_date.as_of_date
),

expected as (
    select
        members.cohort_month,
        count(*) as orders,
        sum(orders.net_revenue) as net_revenue
    from {{ ref('fct_orders') }} as orders
    inner join members
        on orders.member_id = members.member_id
        and orders.ordered_on >= members.cohort_month
    where orders.is_valid
    group by members.cohort_month
),

found as (
    select
        cohort_month,
        max(members) as members,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue
    from {{ ref('agg_cohort_retention') }}
    where channel = 'all'
    group by cohort_month
),

new_members as (
    select
        period_start as cohort_month,
        new_members
    from {{ ref('agg_aarrr') }}
    where period_grain = 'month' and channel = 'all'
)

select
    coalesce(found.cohort_month, expected.cohort_month) as cohort_month,
    found.orders,
    expected.orders as expected_orders,
    found.net_revenue,
    expected.net_revenue as expected_net_revenue,
    found.members,
    new_members.new_members as expected_members
from found
full join expected on found.cohort_month = expected.cohort_month
left join new_members on found.cohort_month = new_members.cohort_month
where coalesce(found.orders, 0) <> coalesce(expected.orders, 0)
    or coalesce(found.net_revenue, 0) <> coalesce(expected.net_revenue, 0)
    or found.members <> new_members.new_members
