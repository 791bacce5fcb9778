{% macro can_start_dormant_run() -%}
    {#- True at a snapshot at which a dormant run may start. Spec §4, dormant run.
        Reads r_score, snapshot_date, joined_on, recency_days and the cycle of the snapshot. -#}
    {{ return(adapter.dispatch('can_start_dormant_run', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__can_start_dormant_run() -%}
    r_score in ({{ member_loyalty.checked_var('dormant_r_scores') | join(', ') }})
    and snapshot_date > joined_on + {{ var('development_grace_days') }}
    and {{ member_loyalty.is_beyond_cycles('recency_days', var('dormant_min_cycles'), 'cycles') }}
{%- endmacro %}


{% macro has_repurchased() -%}
    {#- True for a member with a valid order on a date after joining. Spec §4, lifecycle. -#}
    coalesce(last_order_on > joined_on, false)
{%- endmacro %}


{% macro lifecycle_stage() -%}
    {#- The stage of an enrolled member, the first that applies (spec §4, lifecycle; who is not
        enrolled is latent). Reads dormant_since (null outside a dormant run), snapshot_date,
        last_order_on, joined_on, frequency_half, average_order_value_half. -#}
    {{ return(adapter.dispatch('lifecycle_stage', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__lifecycle_stage() -%}
    case
        when {{ member_loyalty.days_between('dormant_since', 'snapshot_date') }}
            >= {{ var('churn_after_days') }}
            then 'churned'
        when dormant_since is not null then 'dormant'
        when {{ member_loyalty.has_repurchased() }}
            and frequency_half = 1 and average_order_value_half = 1 then 'stable'
        when {{ member_loyalty.has_repurchased() }} then 'growth'
        else 'development'
    end
{%- endmacro %}


{% macro is_reactivation(previous_stage, stage) -%}
    {#- True for a move from dormant or churned back to an active stage. Spec §4, lifecycle. -#}
    {{ return(adapter.dispatch('is_reactivation', 'member_loyalty')(previous_stage, stage)) }}
{%- endmacro %}

{% macro default__is_reactivation(previous_stage, stage) -%}
    coalesce(
        {{ member_loyalty.is_dormant(previous_stage) }}
        and {{ stage }} in ('development', 'growth', 'stable'),
        false
    )
{%- endmacro %}


{% macro is_dormant(stage) -%}
    {#- True for the stages of a dormant run. Spec §4, lifecycle. Args: SQL expression. -#}
    {{ stage }} in ('dormant', 'churned')
{%- endmacro %}
