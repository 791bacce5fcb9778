-- How many are to be spoken to; no row before the first snapshot.
select
    count(distinct audience_members.member_id) as audience_members,
    count(distinct case when audience_members.has_consent then audience_members.member_id end)
        as consenting_members,
    (
        select count(*)
        from fct_next_actions
        where contact_from <= snapshot_date and channel <> 'none'
    ) as due_members,
    (select count(distinct campaign_id) from agg_campaign_lift) as campaigns
from dim_audiences
left join fct_audience_members as audience_members
    on dim_audiences.audience = audience_members.audience and audience_members.status <> 'left'
having (select count(*) from fct_lifecycle_snapshots) > 0
