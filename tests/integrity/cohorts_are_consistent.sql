-- A cohort of agg_cohort_retention (spec §5) keeps its size, has a row for each month since it
-- joined, and its curve of revenue never falls, since refunds count in the month of their order;
-- it rises by the month's revenue per member. Channels add up to all. One row per month that breaks
-- it.
with cohorts as (
    select * from {{ ref('agg_cohort_retention') }}
),

with_neighbours as (
    select
        cohorts.*,
        row_number() over (partition by cohort_month, channel order by months_since) as row_number_,
        min(members) over (partition by cohort_month, channel) as fewest_members,
        coalesce(lag(cumulative_revenue_per_member) over (
            partition by cohort_month, channel order by months_since
        ), 0) as revenue_before
    from cohorts
),

sums as (
    select
        cohort_month,
        months_since,
        sum(case when channel = 'all' then members else -members end) as members,
        sum(case when channel = 'all' then active_members else -active_members end)
            as active_members,
        sum(case when channel = 'all' then buyers else -buyers end) as buyers,
        sum(case when channel = 'all' then orders else -orders end) as orders,
        sum(case when channel = 'all' then net_revenue else -net_revenue end) as net_revenue
    from cohorts
    group by cohort_month, months_since
)

select
    cohort_month,
    channel,
    months_since
from with_neighbours
where (
    months_since = row_number_ - 1
    and members = fewest_members
    and cumulative_revenue_per_member >= revenue_before
    and abs((cumulative_revenue_per_member - revenue_before) * members - net_revenue)
    <= 0.000001 * members
) is not true
union all
select
    cohort_month,
    'all' as channel,
    months_since
from sums
where members <> 0 or active_members <> 0 or buyers <> 0 or orders <> 0 or net_revenue <> 0
