{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='to_date',
    on_schema_change='fail',
) }}

{%- set families = member_loyalty.segment_families() %}
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

steps as (
    select
        snapshots.previous_snapshot_date as from_date,
        snapshots.snapshot_date as to_date,
        snapshots.snapshot_number
    from {{ ref('int_due_snapshots') }} as snapshots
    inner join {{ ref('int_snapshot_dates') }} as earlier
        on snapshots.previous_snapshot_date = earlier.snapshot_date
    where snapshots.is_published and earlier.is_published
),

movements as (
    select
        coalesce(before.snapshot_number + 1, later.snapshot_number) as snapshot_number
        {%- for family in families %},
        coalesce(before.{{ family }}, '(none)') as from_{{ family }},
        coalesce(later.{{ family }}, '(none)') as to_{{ family }}
        {%- endfor %},
        coalesce(before.monetary_amount, 0) as revenue_before,
        coalesce(later.monetary_amount, 0) as revenue_after
    from segments_before as before
    full join due_segments as later
        on before.snapshot_number + 1 = later.snapshot_number
        and before.member_id = later.member_id
),

counted as (
    select
        snapshot_number
        {%- for family in families %},
        from_{{ family }},
        to_{{ family }}
        {%- endfor %},
        count(*) as members,
        sum(revenue_before) as revenue_before,
        sum(revenue_after) as revenue_after
    from movements
    group by
        {%- for family in families %}
        from_{{ family }},
        to_{{ family }},
        {%- endfor %}
        snapshot_number
),

transitions as (
    {%- for family in families %}
    {{ 'union all' if not loop.first }}
    select
        '{{ family }}' as segment_family,
        snapshot_number,
        from_{{ family }} as from_segment,
        to_{{ family }} as to_segment,
        sum(members) as members,
        sum(revenue_before) as revenue_before,
        sum(revenue_after) as revenue_after
    from counted
    where from_{{ family }} <> '(none)' or to_{{ family }} <> '(none)'
    group by snapshot_number, from_{{ family }}, to_{{ family }}
    {%- endfor %}
),

with_totals as (
    select
        transitions.*,
        sum(members) over (partition by segment_family, snapshot_number, from_segment)
            as from_members
    from transitions
)

select
    with_totals.segment_family,
    steps.from_date,
    steps.to_date,
    with_totals.from_segment,
    with_totals.to_segment,
    cast(with_totals.members as bigint) as members,
    cast(with_totals.revenue_before as decimal(18, 2)) as revenue_before,
    cast(with_totals.revenue_after as decimal(18, 2)) as revenue_after,
    {{ member_loyalty.exact_ratio('with_totals.members', 'with_totals.from_members', 6) }}
        as share_of_from
from with_totals
inner join steps on with_totals.snapshot_number = steps.snapshot_number
