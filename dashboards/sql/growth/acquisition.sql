-- Each channel in the newest complete month (the running one while none is).
with newest as (
    select period_start
    from agg_aarrr
    where period_grain = 'month' and channel = 'all'
    order by is_complete desc, period_start desc
    limit 1
)

select
    figures.channel,
    figures.period_start,
    figures.spend,
    figures.new_members,
    figures.new_buyers,
    figures.cac,
    figures.ltv,
    figures.ltv_to_cac,
    figures.member_revenue,
    figures.marketing_roi
from agg_aarrr as figures
inner join newest on figures.period_start = newest.period_start
where figures.period_grain = 'month'
order by figures.channel <> 'all', figures.member_revenue desc, figures.channel
