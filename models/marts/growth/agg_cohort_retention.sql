select
    cohort_month,
    channel,
    months_since,
    members,
    active_members,
    buyers,
    orders,
    net_revenue,
    cumulative_revenue_per_member,
    is_complete
from {{ ref('int_cohort_retention') }}
