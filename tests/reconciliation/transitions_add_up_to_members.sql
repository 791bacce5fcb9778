-- Between two snapshots every family counts the same members before and after: those enrolled have
-- a value class, a segment and a quadrant, those known a lifecycle and an AIPL stage. The shares of
-- one origin add up to 1. One row per snapshot, family and count that differs.
with sides as (
    select
        segment_family,
        from_date as snapshot_date,
        'before' as side,
        sum(case when from_segment <> '(none)' then members else 0 end) as members
    from {{ ref('agg_segment_transitions') }}
    group by segment_family, from_date
    union all
    select
        segment_family,
        to_date as snapshot_date,
        'after' as side,
        sum(case when to_segment <> '(none)' then members else 0 end) as members
    from {{ ref('agg_segment_transitions') }}
    group by segment_family, to_date
),

enrolled as (
    select
        snapshot_date,
        sum(members) as members
    from {{ ref('agg_rfm_cells') }}
    where score_partition = 'all'
    group by snapshot_date
),

known as (
    select
        snapshot_date,
        count(*) as members
    from {{ ref('fct_lifecycle_snapshots') }}
    group by snapshot_date
),

counted as (
    select
        sides.segment_family,
        sides.snapshot_date,
        sides.side,
        sides.members,
        coalesce(
            case
                when sides.segment_family in ('lifecycle', 'aipl') then known.members
                else enrolled.members
            end,
            0
        ) as expected_members
    from sides
    left join enrolled on sides.snapshot_date = enrolled.snapshot_date
    left join known on sides.snapshot_date = known.snapshot_date
),

shares as (
    select
        segment_family,
        from_date as snapshot_date,
        from_segment as side,
        count(*) as rows_of_segment,
        sum(share_of_from) as share
    from {{ ref('agg_segment_transitions') }}
    group by segment_family, from_date, from_segment
)

select
    segment_family,
    snapshot_date,
    side,
    concat('members: ', members, ' instead of ', expected_members) as problem
from counted
where (members = expected_members) is not true
union all
select
    segment_family,
    snapshot_date,
    side,
    concat('shares of ', side, ' add up to ', share) as problem
from shares
where (abs(share - 1) <= rows_of_segment * 0.0000005) is not true
