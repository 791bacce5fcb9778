-- How many members each RFM segment has at the last snapshot, what they spent in the window, and
-- what to do with them. One row per segment that occurs.
with scores as (
    select * from {{ ref('fct_rfm_scores') }}
    where score_partition = {{ member_loyalty.all_partitions() }}
),

last_snapshot as (
    select max(snapshot_date) as snapshot_date from scores
),

segments as (
    select
        scores.snapshot_date,
        scores.rfm_segment,
        count(*) as members,
        sum(scores.frequency) as purchase_occasions,
        sum(scores.monetary_amount) as monetary_amount
    from scores
    inner join last_snapshot on scores.snapshot_date = last_snapshot.snapshot_date
    group by scores.snapshot_date, scores.rfm_segment
)

select
    segments.snapshot_date,
    segments.rfm_segment,
    playbook.label_en,
    playbook.label_zh,
    segments.members,
    round(100.0 * segments.members / sum(segments.members) over (), 1) as share_of_members,
    segments.purchase_occasions,
    segments.monetary_amount,
    round(100.0 * segments.monetary_amount / nullif(sum(segments.monetary_amount) over (), 0), 1)
        as share_of_amount,
    playbook.strategy_en
from segments
left join {{ ref('segment_playbook') }} as playbook
    on segments.rfm_segment = playbook.segment
    and playbook.segment_family = 'rfm_segment'
order by segments.monetary_amount desc, segments.rfm_segment asc
