{{ config(materialized='view') }}

{#- Of the members that the plan restates: from which snapshot to which they were dormant or
    churned, as fct_lifecycle_snapshots tells. -#}
with snapshots as (
    {{ member_loyalty.only_restated(
        ref('fct_lifecycle_snapshots'), 'member_id', ref('int_restated_persons')
    ) }}
)

select
    member_id,
    min(snapshot_date) as first_snapshot_date,
    max(snapshot_date) as last_snapshot_date
from snapshots
where {{ member_loyalty.is_dormant('lifecycle_stage') }}
group by member_id, dormant_since
