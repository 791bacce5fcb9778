with weights as (
    select * from {{ ref('loyalty_weights') }}
),

snapshots as (
    select * from {{ ref('int_snapshot_dates') }}
),

in_force as (
    select
        snapshots.snapshot_number,
        max(weights.valid_from) as valid_from
    from snapshots
    inner join weights on snapshots.snapshot_date >= weights.valid_from
    group by snapshots.snapshot_number
)

select
    in_force.snapshot_number,
    {%- for measure in member_loyalty.loyalty_traits() %}
    sum(case when weights.measure = '{{ measure }}' then weights.weight else 0 end)
        as {{ measure }}_weight,
    {%- endfor %}
    in_force.valid_from
from in_force
inner join weights on in_force.valid_from = weights.valid_from
group by in_force.snapshot_number, in_force.valid_from
