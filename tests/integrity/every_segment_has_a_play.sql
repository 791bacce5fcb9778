{{ config(severity='warn') }}
-- The playbook has a row for each RFM segment and each segment that members move to: without one
-- they get no action from it, as after a segment was renamed in one file alone. One row per segment
-- without, said in `problem`.
with segments as (
    select
        'rfm_segment' as segment_family,
        rfm_segment as segment
    from {{ ref('rfm_segments') }}
    union
    select
        segment_family,
        to_segment as segment
    from {{ ref('agg_segment_transitions') }}
)

select
    segments.segment_family,
    segments.segment,
    concat(
        'segment_playbook.csv has no row for the ', segments.segment_family, ' ', segments.segment,
        ': its members get no action from it'
    ) as problem
from segments
left join {{ ref('segment_playbook') }} as playbook
    on segments.segment_family = playbook.segment_family
    and segments.segment = playbook.segment
where playbook.segment is null and segments.segment <> '(none)'
