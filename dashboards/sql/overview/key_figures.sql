-- The newest complete month (the running one while none is) beside the month before.
with months as (
    select
        period_start,
        is_complete,
        enrolled_members,
        active_members,
        net_sales,
        repurchase_rate,
        viral_coefficient,
        lag(enrolled_members) over (order by period_start) as enrolled_members_before,
        lag(active_members) over (order by period_start) as active_members_before,
        lag(net_sales) over (order by period_start) as net_sales_before,
        lag(repurchase_rate) over (order by period_start) as repurchase_rate_before,
        lag(viral_coefficient) over (order by period_start) as viral_coefficient_before
    from agg_aarrr
    where period_grain = 'month' and channel = 'all'
)

select *
from months
order by is_complete desc, period_start desc
limit 1
