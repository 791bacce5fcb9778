-- What belongs to one channel adds up over channels to `all` (spec §5). Persons who visit or click
-- in several channels count in each and once in all: no fewer than in the largest channel, no more
-- than in all of them together. One row per period and measure that differs.
{%- set visitors = member_loyalty.aarrr_visitor_flows() %}
with compared as (
    {%- for measure in member_loyalty.aarrr_flows() + member_loyalty.aarrr_balances() %}
    {{ 'union all' if not loop.first }}
    select
        period_grain,
        period_start,
        '{{ measure }}' as measure,
        {{ 'true' if measure in visitors else 'false' }} as is_of_visitors,
        sum(case when channel = 'all' then {{ measure }} end) as in_all,
        sum(case when channel <> 'all' then {{ measure }} end) as in_channels,
        max(case when channel <> 'all' then {{ measure }} end) as in_largest
    from {{ ref('agg_aarrr') }}
    group by period_grain, period_start
    {%- endfor %}
)

select *
from compared
where (
    in_all = in_channels
    or (is_of_visitors and in_all between in_largest and in_channels)
) is not true
