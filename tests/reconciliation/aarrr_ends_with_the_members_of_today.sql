-- On the last day of agg_aarrr, in each channel, the enrolled members are those of dim_members, and
-- the buyers of the window those with purchase dates in fct_orders (spec §5). One row per channel
-- that differs.
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

purchase_dates as (
    select
        orders.member_id,
        count(distinct orders.ordered_on) as dates
    from {{ ref('fct_orders') }} as orders
    inner join as_of_date
        on orders.ordered_on > as_of_date.as_of_date - {{ var('rfm_window_days') }}
    where orders.is_valid
    group by orders.member_id
),

members as (
    select
        {{ member_loyalty.channel_of('members.acquisition_channel') }} as channel,
        sum(case when members.is_enrolled then 1 else 0 end) as enrolled_members,
        count(purchase_dates.member_id) as window_buyers,
        sum(case when purchase_dates.dates >= 2 then 1 else 0 end) as window_repeat_buyers
    from {{ ref('dim_members') }} as members
    left join purchase_dates on members.member_id = purchase_dates.member_id
    group by {{ member_loyalty.channel_of('members.acquisition_channel') }}
),

last_day as (
    select aarrr.*
    from {{ ref('agg_aarrr') }} as aarrr
    inner join as_of_date on aarrr.period_start = as_of_date.as_of_date
    where aarrr.period_grain = 'day' and aarrr.channel <> 'all'
)

select last_day.channel
from last_day
left join members on last_day.channel = members.channel
where last_day.enrolled_members <> coalesce(members.enrolled_members, 0)
    or last_day.window_buyers <> coalesce(members.window_buyers, 0)
    or last_day.window_repeat_buyers <> coalesce(members.window_repeat_buyers, 0)
