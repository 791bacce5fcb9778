-- Each audience: who is in it, who has come and gone.
select
    dim_audiences.audience,
    dim_audiences.title,
    dim_audiences.purpose,
    dim_audiences.channel,
    count(*) filter (where members.status <> 'left') as members,
    count(*) filter (where members.status = 'entered') as entered,
    count(*) filter (where members.status = 'left') as departed,
    count(*) filter (where members.status <> 'left' and members.has_consent) as consenting,
    count(*) filter (where members.status <> 'left' and members.is_control) as controls
from dim_audiences
left join fct_audience_members as members on dim_audiences.audience = members.audience
group by all
order by members desc, dim_audiences.audience
