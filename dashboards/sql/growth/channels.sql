-- Channels, all together first.
select distinct channel as value, channel <> 'all' as is_part
from agg_cohort_retention
order by is_part, value
