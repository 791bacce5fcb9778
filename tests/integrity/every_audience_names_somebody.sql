{{ config(severity='warn') }}
-- Warns of an audience that has named nobody within audience_history_days, in a shop of 100 members
-- or more: its SQL may name a segment that there is no more. One row per audience, said in
-- `problem`.
with named as (
    select distinct audience from {{ ref('fct_audience_members') }}
),

counted as (
    select count(*) as members from {{ ref('dim_members') }}
)

select
    audiences.audience,
    concat(
        'audience ', audiences.audience, ' names nobody: does its SQL name a segment, stage or',
        ' score that there is no more?'
    ) as problem
from {{ ref('dim_audiences') }} as audiences
cross join counted
left join named on audiences.audience = named.audience
where named.audience is null and counted.members >= 100
