{#- A tag that begins or ends at a due snapshot: each member's segments there against those at the
    snapshot before. -#}
{%- set families = member_loyalty.tag_families() %}
with due as (
    select
        snapshot_number,
        snapshot_number - 1 as earlier_number
    from {{ ref('int_due_snapshots') }}
),

segments_before as (
    select segments.*
    from {{ ref('int_member_segments') }} as segments
    inner join due on segments.snapshot_number = due.earlier_number
),

due_segments as (
    select segments.*
    from {{ ref('int_member_segments') }} as segments
    inner join due on segments.snapshot_number = due.snapshot_number
),

moves as (
    select
        coalesce(before.member_id, later.member_id) as member_id,
        {%- for family in families %}
        before.{{ family }} as from_{{ family }},
        later.{{ family }} as to_{{ family }},
        {%- endfor %}
        coalesce(before.snapshot_number + 1, later.snapshot_number) as snapshot_number
    from segments_before as before
    full join due_segments as later
        on before.snapshot_number + 1 = later.snapshot_number
        and before.member_id = later.member_id
),

families as (
    select {{ member_loyalty.unnest_integers(1, families | length) }} as family_number
),

-- One row a family, found as the moves pass: they are too many to be kept for a pass each.
steps as (
    select
        moves.member_id,
        moves.snapshot_number,
        families.family_number,
        case families.family_number
            {%- for family in families %}
            when {{ loop.index }} then moves.from_{{ family }}
            {%- endfor %}
        end as from_tag,
        case families.family_number
            {%- for family in families %}
            when {{ loop.index }} then moves.to_{{ family }}
            {%- endfor %}
        end as to_tag
    from moves
    cross join families
)

select
    steps.member_id,
    case steps.family_number
        {%- for family in families %}
        when {{ loop.index }} then '{{ family }}'
        {%- endfor %}
    end as tag_family,
    snapshots.snapshot_date,
    steps.from_tag,
    steps.to_tag,
    lead(snapshots.snapshot_date) over history as next_date,
    lag(snapshots.snapshot_date) over history is null as is_first
from steps
inner join {{ ref('int_snapshot_dates') }} as snapshots
    on steps.snapshot_number = snapshots.snapshot_number
where steps.from_tag is distinct from steps.to_tag
window history as (
    partition by steps.member_id, steps.family_number
    order by steps.snapshot_number
)
