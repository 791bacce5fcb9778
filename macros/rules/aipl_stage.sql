{% macro aipl_stage() -%}
    {#- The AIPL stage of a person, the first that applies; a person known at all is at least aware.
        Spec §4, AIPL. Reads last_purchase_on, last_interest_on and is_aipl_loyal's columns. -#}
    {{ return(adapter.dispatch('aipl_stage', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__aipl_stage() -%}
    case
        when {{ member_loyalty.is_in_aipl_window('last_purchase_on') }}
            and {{ member_loyalty.is_aipl_loyal() }} then 'loyalty'
        when {{ member_loyalty.is_in_aipl_window('last_purchase_on') }} then 'purchase'
        when {{ member_loyalty.is_in_aipl_window('last_interest_on') }} then 'interest'
        else 'awareness'
    end
{%- endmacro %}


{% macro is_aipl_loyal() -%}
    {#- Repurchase within the average cycle (var aipl_loyal_rule): current = the last gap and the
        days since the last purchase; latest_gap = the last gap alone; every_gap = all gaps and the
        days since. Spec §4, AIPL. Reads last_gap_days, longest_gap_days, last_purchase_on,
        snapshot_date, cycles. -#}
    {{ return(adapter.dispatch('is_aipl_loyal', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__is_aipl_loyal() -%}
    {%- set rule = var('aipl_loyal_rule') -%}
    {%- set gap = 'longest_gap_days' if rule == 'every_gap' else 'last_gap_days' -%}
    last_gap_days is not null
    and {{ member_loyalty.is_within_cycle(gap, 'cycles') }}
    {%- if rule != 'latest_gap' %}
    and {{ member_loyalty.is_within_cycle(
        member_loyalty.days_between('last_purchase_on', 'snapshot_date'), 'cycles'
    ) }}
    {%- endif %}
{%- endmacro %}


{% macro is_in_aipl_window(date) -%}
    {#- True for a date within the last aipl_window_days (0 = any date). Spec §4, AIPL. -#}
    {%- if var('aipl_window_days') == 0 -%} {{ date }} is not null
    {%- else -%} {{ date }} > snapshot_date - {{ var('aipl_window_days') }}
    {%- endif -%}
{%- endmacro %}
