-- Persons and members by AIPL stage, at the last snapshot.
select
    aipl_stage,
    count(*) as persons,
    count(*) / sum(count(*)) over () as share_of_persons,
    count(member_id) as members
from fct_aipl_stages
where snapshot_date = (select max(snapshot_date) from fct_aipl_stages)
group by aipl_stage
