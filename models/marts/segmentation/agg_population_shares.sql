{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='to_date',
    on_schema_change='fail',
) }}

with steps as (
    select
        snapshots.previous_snapshot_date as from_date,
        snapshots.snapshot_date as to_date
    from {{ ref('int_due_snapshots') }} as snapshots
    inner join {{ ref('int_snapshot_dates') }} as earlier
        on snapshots.previous_snapshot_date = earlier.snapshot_date
    where snapshots.is_published and earlier.is_published
),

moves as (
    select transitions.*
    from {{ ref('agg_segment_transitions') }} as transitions
    inner join steps on transitions.to_date = steps.to_date
),

bounds as (
    select * from {{ ref('agg_score_bounds') }}
    where score_partition = {{ member_loyalty.all_partitions() }}
),

ends as (
    select
        steps.to_date,
        bounds.measure as subject,
        cast(bounds.score as {{ dbt.type_string() }}) as label,
        bounds.score,
        bounds.members as members_before,
        0 as members_after
    from bounds
    inner join steps on bounds.snapshot_date = steps.from_date
    union all
    select
        steps.to_date,
        bounds.measure as subject,
        cast(bounds.score as {{ dbt.type_string() }}) as label,
        bounds.score,
        0 as members_before,
        bounds.members as members_after
    from bounds
    inner join steps on bounds.snapshot_date = steps.to_date
    union all
    select
        to_date,
        segment_family as subject,
        from_segment as label,
        cast(null as integer) as score,
        members as members_before,
        0 as members_after
    from moves
    where from_segment <> '(none)'
    union all
    select
        to_date,
        segment_family as subject,
        to_segment as label,
        cast(null as integer) as score,
        0 as members_before,
        members as members_after
    from moves
    where to_segment <> '(none)'
),

counted as (
    select
        to_date,
        subject,
        label,
        score,
        cast(sum(members_before) as bigint) as members_before,
        cast(sum(members_after) as bigint) as members_after
    from ends
    group by to_date, subject, label, score
),

with_totals as (
    select
        counted.*,
        sum(members_before) over (partition by to_date, subject) as all_before,
        sum(members_after) over (partition by to_date, subject) as all_after
    from counted
),

shares as (
    select
        with_totals.*,
        {{ member_loyalty.exact_ratio('members_before', 'all_before', 6) }} as share_before,
        {{ member_loyalty.exact_ratio('members_after', 'all_after', 6) }} as share_after
    from with_totals
)

select
    shares.subject,
    steps.from_date,
    steps.to_date,
    shares.label,
    shares.score,
    shares.members_before,
    shares.members_after,
    shares.share_before,
    shares.share_after,
    cast(shares.share_after - shares.share_before as decimal(18, 6)) as share_shift
from shares
inner join steps on shares.to_date = steps.to_date
