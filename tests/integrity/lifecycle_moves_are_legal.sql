-- Every move between lifecycle stages is one that seed lifecycle_transitions lists (spec §4), both
-- from one published snapshot to the next and on the first snapshot of each stay. One row per move
-- that is not, said in `problem`.
with moves as (
    select
        from_segment as from_stage,
        to_segment as to_stage,
        to_date as snapshot_date,
        members
    from {{ ref('agg_segment_transitions') }}
    where segment_family = 'lifecycle' and from_segment <> to_segment
    union all
    select
        coalesce(previous_stage, '(none)') as from_stage,
        lifecycle_stage as to_stage,
        snapshot_date,
        count(*) as members
    from {{ ref('fct_lifecycle_snapshots') }}
    where days_in_stage = 0
    group by coalesce(previous_stage, '(none)'), lifecycle_stage, snapshot_date
),

legal as (
    select * from {{ ref('lifecycle_transitions') }}
)

select
    moves.from_stage,
    moves.to_stage,
    moves.snapshot_date,
    moves.members,
    concat('lifecycle_transitions.csv does not list ', moves.from_stage, ' -> ', moves.to_stage)
        as problem
from moves
left join legal
    on moves.from_stage = legal.from_stage
    and moves.to_stage = legal.to_stage
where legal.from_stage is null
