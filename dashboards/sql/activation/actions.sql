-- Each play that asks for somebody, the most urgent first.
select
    segment_family,
    segment,
    strategy_en,
    strategy_zh,
    offer_en,
    offer_zh,
    channel,
    count(*) as members,
    count(*) filter (where contact_from <= snapshot_date) as due
from fct_next_actions
group by all
order by min(priority)
