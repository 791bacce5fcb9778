-- Why the member has each label, at the last snapshot at which the member is known.
select
    label_en,
    label_zh,
    rule_en,
    rule_zh,
    case
        when label = 'lifecycle_stage' then 'lifecycle'
        when label = 'aipl_stage' then 'aipl'
        when label = 'next_best_action' then split_part(value, ':', 1)
        else label
    end as family,
    case when label = 'next_best_action' then split_part(value, ':', 2) else value end as value
from member_explanations
where
    member_id = $member
    and score_partition = 'all'
    and snapshot_date = (
        select max(snapshot_date)
        from fct_lifecycle_snapshots
        where member_id = $member
    )
order by step
