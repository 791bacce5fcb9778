{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='snapshot_date',
    on_schema_change='sync_all_columns',
) }}

{%- set families = member_loyalty.playbook_families() %}
with lifecycle as (
    select * from {{ ref('int_lifecycle_snapshots') }}
    where is_published
),

scores as (
    select * from {{ ref('int_loyalty_scores') }}
),

aipl as (
    select * from {{ ref('int_aipl_stages') }}
    where member_id is not null
),

playbook as (
    select * from {{ ref('segment_playbook') }}
),

segments as (
    select
        lifecycle.snapshot_number,
        lifecycle.snapshot_date,
        lifecycle.member_id,
        scores.rfm_value_class,
        scores.rfm_segment,
        scores.quadrant,
        lifecycle.lifecycle_stage as lifecycle,
        aipl.aipl_stage as aipl,
        {{ member_loyalty.loyalty_band('scores.loyalty_tile') | indent(8) }} as loyalty_band,
        coalesce(scores.monetary_amount, 0) as monetary_amount
    from lifecycle
    inner join aipl
        on lifecycle.snapshot_number = aipl.snapshot_number
        and lifecycle.member_id = aipl.member_id
    left join scores
        on lifecycle.snapshot_number = scores.snapshot_number
        and lifecycle.member_id = scores.member_id
),

-- The most urgent of the plays that the playbook has for the member's segments.
with_play as (
    select
        segments.*,
        least(
            {%- for family in families %}
            coalesce({{ family }}_plays.priority, 2147483647){{ ',' if not loop.last }}
            {%- endfor %}
        ) as priority
    from segments
    {%- for family in families %}
    left join playbook as {{ family }}_plays -- noqa: LT02
        on {{ family }}_plays.segment_family = '{{ family }}' -- noqa: LT02
        and segments.{{ family }} = {{ family }}_plays.segment -- noqa: LT02
    {%- endfor %}
)

select
    with_play.snapshot_number,
    with_play.snapshot_date,
    with_play.member_id,
    {%- for family in families %}
    with_play.{{ family }},
    {%- endfor %}
    case
        when playbook.priority is null then '(none)'
        else {{ member_loyalty.play_name('playbook.segment_family', 'playbook.segment') }}
    end as next_best_action,
    with_play.monetary_amount
from with_play
left join playbook on with_play.priority = playbook.priority
