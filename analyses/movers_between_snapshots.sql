-- Who changed segment between the last two snapshots: the moves of each family, largest first.
-- One row per family and move that occurs; members who stay are left out.
with transitions as (
    select * from {{ ref('agg_segment_transitions') }}
),

last_step as (
    select max(to_date) as to_date from transitions
)

select
    transitions.segment_family,
    transitions.from_date,
    transitions.to_date,
    transitions.from_segment,
    transitions.to_segment,
    transitions.members,
    transitions.share_of_from,
    transitions.revenue_before,
    transitions.revenue_after
from transitions
inner join last_step on transitions.to_date = last_step.to_date
where transitions.from_segment <> transitions.to_segment
order by
    transitions.segment_family asc,
    transitions.members desc,
    transitions.from_segment asc,
    transitions.to_segment asc
