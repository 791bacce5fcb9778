-- What to do next with the member.
select
    segment_family,
    segment,
    strategy_en,
    strategy_zh,
    offer_en,
    offer_zh,
    channel,
    last_contacted_on,
    contact_from
from fct_next_actions
where member_id = $member
