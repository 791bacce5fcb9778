-- Every month, all channels together.
select
    period_start,
    is_complete,
    enrolled_members,
    active_members,
    buyers,
    new_members,
    net_sales,
    repurchase_rate,
    viral_coefficient
from agg_aarrr
where period_grain = 'month' and channel = 'all'
order by period_start
