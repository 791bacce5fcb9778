-- The repurchase rate of each month, all channels together, once a whole year can be looked at.
with first_order as (
    select min(ordered_on) as first_order_on from fct_orders
)

select
    months.period_start,
    months.window_buyers,
    months.repurchase_rate
from agg_aarrr as months
cross join first_order
where
    months.period_grain = 'month'
    and months.channel = 'all'
    and months.period_start + interval 1 month >= first_order.first_order_on + interval 1 year
order by months.period_start
