-- Members and contribution by quadrant, at the last snapshot.
select
    quadrant,
    contribution_half,
    loyalty_half,
    count(*) as members,
    count(*) / sum(count(*)) over () as share_of_members,
    sum(contribution_amount) as contribution_amount
from fct_member_quadrants
where snapshot_date = (select max(snapshot_date) from fct_member_quadrants)
group by quadrant, contribution_half, loyalty_half
order by quadrant
