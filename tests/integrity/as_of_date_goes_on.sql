{{ config(severity='warn') }}
-- Warns of a build whose as_of_date is earlier than that of the last complete build: the newest
-- orders are gone from the raw data, or the var was set back. At most one row, said in `problem`.
select
    plan.earliest_on,
    concat(
        'as_of_date is ', int_as_of_date.as_of_date, ', earlier than in the last build: the newest',
        ' orders are gone, or var as_of_date was set back; later snapshots are taken out'
    ) as problem
from {{ ref('int_restatement_plan') }} as plan
inner join {{ ref('int_as_of_date') }} as int_as_of_date
    on plan.earliest_on > int_as_of_date.as_of_date
where plan.input = 'as_of_date'
