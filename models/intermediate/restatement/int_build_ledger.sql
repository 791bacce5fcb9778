{{ config(post_hook="{{ member_loyalty.forget_restated() }}") }}
{%- do member_loyalty.check_plan_is_of_these_facts() %}

{#- What a build that came to its end was made from; the last model of all. Without it, or where it
    differs from the plan, the next build knows that this one was interrupted, and nothing is
    published. It depends on all that the data tests of marts read: so it waits for those tests. -#}
-- depends_on: {{ ref('int_last_facts') }}
-- depends_on: {{ ref('stg_erasures') }}
-- depends_on: {{ ref('lifecycle_transitions') }}
-- depends_on: {{ ref('dim_members') }}
-- depends_on: {{ ref('fct_orders') }}
-- depends_on: {{ ref('fct_referrals') }}
-- depends_on: {{ ref('rejected_rows') }}
-- depends_on: {{ ref('fct_rfm_scores') }}
-- depends_on: {{ ref('fct_loyalty_scores') }}
-- depends_on: {{ ref('fct_member_quadrants') }}
-- depends_on: {{ ref('fct_lifecycle_snapshots') }}
-- depends_on: {{ ref('fct_aipl_stages') }}
-- depends_on: {{ ref('agg_score_bounds') }}
-- depends_on: {{ ref('agg_rfm_cells') }}
-- depends_on: {{ ref('agg_score_rules') }}
-- depends_on: {{ ref('dim_rfm_cells') }}
-- depends_on: {{ ref('agg_segment_transitions') }}
-- depends_on: {{ ref('agg_population_stability') }}
-- depends_on: {{ ref('agg_aarrr') }}
-- depends_on: {{ ref('agg_cohort_retention') }}
-- depends_on: {{ ref('fct_member_tags') }}
-- depends_on: {{ ref('fct_next_steps') }}
-- depends_on: {{ ref('fct_next_actions') }}
-- depends_on: {{ ref('dim_audiences') }}
-- depends_on: {{ ref('fct_audience_members') }}
-- depends_on: {{ ref('agg_campaign_lift') }}
-- depends_on: {{ ref('fct_build_log') }}
with plan as (
    select max(build_id) as build_id from {{ ref('int_restatement_plan') }}
)

select
    plan.build_id,
    fingerprints.input,
    fingerprints.fact_on,
    fingerprints.facts,
    fingerprints.fingerprint
from {{ ref('int_fingerprints') }} as fingerprints
cross join plan
