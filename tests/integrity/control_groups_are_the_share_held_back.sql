-- Of the members of an audience, holdout_share are held back, exact to one member. One row per
-- audience that breaks it.
with counted as (
    select
        audience,
        count(*) as members,
        sum(case when is_control then 1 else 0 end) as controls
    from {{ ref('fct_audience_members') }}
    where status <> 'left'
    group by audience
)

select
    counted.audience,
    concat(counted.controls, ' of ', counted.members, ' held back') as problem
from counted
inner join {{ ref('dim_audiences') }} as audiences on counted.audience = audiences.audience
where (abs(counted.controls - audiences.holdout_share * counted.members) <= 1) is not true
