-- The last 18 cohorts over their first 12 months, by channel.
select
    channel,
    cohort_month,
    months_since,
    members,
    active_members / members as active_share,
    cumulative_revenue_per_member,
    is_complete
from agg_cohort_retention
where
    months_since <= 12
    and cohort_month > (select max(cohort_month) from agg_cohort_retention)
        - interval 18 month
order by channel, cohort_month, months_since
