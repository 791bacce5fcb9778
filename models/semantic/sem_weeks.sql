select
    period_start,
    channel,
    retained_members,
    previous_active_members,
    dormant_members,
    recalled_members
from {{ ref('agg_aarrr') }}
where period_grain = 'week' and channel <> 'all'
