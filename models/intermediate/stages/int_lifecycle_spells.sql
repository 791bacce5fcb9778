with stages as (
    select * from {{ ref('int_lifecycle_stages') }}
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
    entries.snapshot_number as first_number,
    coalesce(
        lead(entries.snapshot_number) over (
            partition by entries.member_id
            order by entries.snapshot_number
        ) - 1,
        spans.last_number
    ) as last_number,
    entries.lifecycle_stage,
    entries.previous_stage,
    entries.dormant_since
from entries
inner join {{ ref('int_member_spans') }} as spans on entries.member_id = spans.member_id
