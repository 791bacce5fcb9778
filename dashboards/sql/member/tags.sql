-- Every label that the member had, newest first.
select tag_family, tag, valid_from, valid_to
from fct_member_tags
where member_id = $member and tag_family <> 'next_best_action'
order by valid_from desc, tag_family
limit 40
