{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='to_date',
    on_schema_change='fail',
) }}

with shares as (
    select shares.*
    from {{ ref('agg_population_shares') }} as shares
    inner join {{ ref('int_due_snapshots') }} as snapshots
        on shares.to_date = snapshots.snapshot_date
),

with_totals as (
    select
        shares.*,
        sum(members_before) over (partition by to_date, subject) as all_before,
        sum(members_after) over (partition by to_date, subject) as all_after,
        count(*) over (partition by to_date, subject) as labels
    from shares
),

sums as (
    select
        subject,
        from_date,
        to_date,
        max(all_before) as members_before,
        max(all_after) as members_after,
        sum(score * members_before) as score_before,
        sum(score * members_after) as score_after,
        max(abs(share_shift)) as largest_share_shift,
        sum({{ member_loyalty.stability_part(
            'members_before', 'all_before', 'members_after', 'all_after', 'labels'
        ) }}) as stability_index
    from with_totals
    group by subject, from_date, to_date
),

with_means as (
    select
        sums.*,
        {{ member_loyalty.exact_ratio('score_before', 'members_before', 6) }} as mean_before,
        {{ member_loyalty.exact_ratio('score_after', 'members_after', 6) }} as mean_after
    from sums
)

select
    subject,
    from_date,
    to_date,
    cast(members_before as bigint) as members_before,
    cast(members_after as bigint) as members_after,
    case
        when members_before > 0 and members_after > 0
            then {{ member_loyalty.six_places('stability_index') }}
    end as stability_index,
    largest_share_shift,
    mean_before,
    mean_after,
    cast(mean_after - mean_before as decimal(18, 6)) as mean_shift
from with_means
