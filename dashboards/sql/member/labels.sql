-- The labels that the member has, and since when.
select tag_family, tag, valid_from
from fct_member_tags
where member_id = $member and valid_to is null and tag_family <> 'next_best_action'
