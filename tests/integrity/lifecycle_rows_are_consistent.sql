-- A row's own columns agree (spec §4): days in the stage, a dormant run exactly in dormant and
-- churned, churned from churn_after_days on, reactivation exactly on the first snapshot of a move
-- out of them. One row per snapshot and member that breaks it.
with stages as (
    select
        snapshot_date,
        member_id,
        lifecycle_stage,
        stage_entered_on,
        days_in_stage,
        previous_stage,
        dormant_since,
        is_reactivation,
        {{ member_loyalty.days_between('stage_entered_on', 'snapshot_date') }} as days_since_entry,
        {{ member_loyalty.days_between('dormant_since', 'snapshot_date') }} as days_since_dormant
    from {{ member_loyalty.rows_to_test(ref('fct_lifecycle_snapshots')) }}
)

select * from stages
where (
    days_in_stage = days_since_entry
    and days_in_stage >= 0
    and (lifecycle_stage in ('dormant', 'churned')) = (dormant_since is not null)
    and (lifecycle_stage = 'churned')
    = (coalesce(days_since_dormant, 0) >= {{ var('churn_after_days') }})
    and lifecycle_stage <> coalesce(previous_stage, '(none)')
    and is_reactivation = (
        days_in_stage = 0
        and coalesce(previous_stage, '(none)') in ('dormant', 'churned')
        and lifecycle_stage in ('development', 'growth', 'stable')
    )
) is not true
