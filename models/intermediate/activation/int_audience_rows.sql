{{ config(materialized='view') }}

{#- Who is in which audience, at the snapshots of the last audience_history_days. Audiences select
    from marts: those named here. -#}
-- depends_on: {{ ref('int_as_of_date') }}
-- depends_on: {{ ref('dim_members') }}
-- depends_on: {{ ref('fct_orders') }}
-- depends_on: {{ ref('fct_referrals') }}
-- depends_on: {{ ref('fct_rfm_scores') }}
-- depends_on: {{ ref('fct_loyalty_scores') }}
-- depends_on: {{ ref('fct_member_quadrants') }}
-- depends_on: {{ ref('fct_lifecycle_snapshots') }}
-- depends_on: {{ ref('fct_aipl_stages') }}
-- depends_on: {{ ref('agg_score_bounds') }}
-- depends_on: {{ ref('agg_rfm_cells') }}
-- depends_on: {{ ref('agg_segment_transitions') }}
-- depends_on: {{ ref('fct_member_tags') }}
-- depends_on: {{ ref('fct_next_steps') }}
-- depends_on: {{ ref('fct_next_actions') }}
with audience_rows as (
    {{ member_loyalty.audience_rows() }}
)

select
    audience_rows.audience,
    snapshots.snapshot_number,
    audience_rows.member_id
from audience_rows
inner join {{ ref('int_snapshot_dates') }} as snapshots
    on audience_rows.snapshot_date = snapshots.snapshot_date
where snapshots.is_published and audience_rows.member_id is not null
