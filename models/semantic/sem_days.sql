select
    period_start,
    channel,
    retained_members,
    previous_active_members,
    dormant_members,
    recalled_members,
    enrolled_members,
    window_buyers,
    window_repeat_buyers,
    ltv_members,
    ltv_revenue
from {{ ref('agg_aarrr') }}
where period_grain = 'day' and channel <> 'all'
