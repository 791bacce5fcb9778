{#- A dormant run ends only with a purchase, so a member's snapshots fall into stretches, each begun
    by a snapshot that saw a purchase (purchase_number; 0 before the first). Within a stretch the
    run starts at the first snapshot that allows it; at the stretch's own first snapshot only if no
    run ends there, which depends on the stretch before: a stretch that could start nowhere else
    turns its answer round. -#}

with cycles as (
    select
        snapshot_number,
        cycle_numerator,
        cycle_denominator
    from {{ ref('int_repurchase_cycles') }}
),

scores as (
    select * from {{ ref('int_rfm_scores') }}
    where score_partition = {{ member_loyalty.all_partitions() }}
),

judged as (
    select
        scores.member_id,
        scores.snapshot_number,
        coalesce(scores.purchase_number, 0) as purchase_number,
        {{ member_loyalty.can_start_dormant_run() | indent(4) }} as can_start
    from scores
    inner join cycles on scores.snapshot_number = cycles.snapshot_number
),

-- A run that is open before the first due snapshot is the run of the stretch 0.
chances as (
    select
        member_id,
        purchase_number,
        case when can_start and snapshot_number = purchase_number then 1 else 0 end
            as can_start_at_once,
        case when can_start and snapshot_number > purchase_number then snapshot_number end
            as later_start_number
    from judged
    union all
    select
        member_id,
        0 as purchase_number,
        0 as can_start_at_once,
        dormant_number as later_start_number
    from {{ ref('int_opening_stages') }}
    where dormant_number is not null
),

stretches as (
    select
        member_id,
        purchase_number,
        max(can_start_at_once) as can_start_at_once,
        min(later_start_number) as later_start_number
    from chances
    group by member_id, purchase_number
),

turns as (
    select
        stretches.*,
        case when later_start_number is null and can_start_at_once = 1 then 1 else 0 end as is_turn,
        case when later_start_number is not null then 1 else 0 end as starts_later
    from stretches
),

chains as (
    select
        turns.*,
        sum(1 - is_turn) over (
            partition by member_id
            order by purchase_number
            rows between unbounded preceding and current row
        ) as chain_number
    from turns
),

runs as (
    select
        chains.*,
        mod(
            max(starts_later) over (partition by member_id, chain_number)
            + sum(is_turn) over (
                partition by member_id, chain_number
                order by purchase_number
                rows between unbounded preceding and current row
            ),
            2
        ) as ends_in_run
    from chains
),

starts as (
    select
        member_id,
        purchase_number,
        case
            when can_start_at_once = 1
                and coalesce(
                    lag(ends_in_run) over (partition by member_id order by purchase_number), 0
                ) = 0
                then purchase_number
            else later_start_number
        end as start_number
    from runs
)

select
    starts.member_id,
    starts.purchase_number,
    snapshots.snapshot_date as dormant_since
from starts
inner join {{ ref('int_snapshot_dates') }} as snapshots
    on starts.start_number = snapshots.snapshot_number
