-- The newest date of each kind.
select 'orders' as kind, max(ordered_on) as newest_on from fct_orders
union all
select 'referrals', max(invited_on) from fct_referrals
union all
select 'members', max(joined_on) from dim_members
union all
select 'campaigns', max(last_sent_on) from agg_campaign_lift
union all
select 'snapshot', max(snapshot_date) from fct_lifecycle_snapshots
union all
select 'growth', max(period_start) from agg_aarrr where period_grain = 'month'
