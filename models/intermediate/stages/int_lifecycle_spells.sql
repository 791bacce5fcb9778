with opening as (
    select * from {{ ref('int_opening_stages') }}
),

stages as (
    select
        member_id,
        snapshot_number,
        lifecycle_stage,
        dormant_since,
        cast(null as bigint) as opening_number,
        {{ member_loyalty.as_text('null') }} as opening_previous_stage
    from {{ ref('int_lifecycle_stages') }}
    union all
    select
        member_id,
        snapshot_number,
        lifecycle_stage,
        dormant_since,
        first_number as opening_number,
        previous_stage as opening_previous_stage
    from opening
),

with_previous as (
    select
        stages.*,
        lag(lifecycle_stage) over (partition by member_id order by snapshot_number)
            as previous_stage
    from stages
),

entries as (
    select * from with_previous
    where previous_stage is null or lifecycle_stage <> previous_stage
)

select
    entries.member_id,
    coalesce(entries.opening_number, entries.snapshot_number) as first_number,
    coalesce(
        lead(entries.snapshot_number) over (
            partition by entries.member_id
            order by entries.snapshot_number
        ) - 1,
        spans.last_number
    ) as last_number,
    entries.lifecycle_stage,
    coalesce(entries.previous_stage, entries.opening_previous_stage) as previous_stage,
    entries.dormant_since
from entries
inner join {{ ref('int_member_spans') }} as spans on entries.member_id = spans.member_id
