{% macro aarrr_flows() %}
    {#- What agg_aarrr counts or sums within a period, by step of spec §5. -#}
    {{ return([
        'page_views', 'unique_visitors', 'impressions', 'clicks', 'spend', 'clickers',
        'click_conversions', 'registrations', 'registered_visitors', 'new_members', 'new_buyers',
        'logins', 'active_members', 'activated_members', 'active_member_days',
        'retained_members', 'previous_active_members', 'buyers', 'member_orders',
        'recalled_members',
        'orders', 'gross_revenue', 'discounts', 'refunds', 'member_revenue',
        'invites', 'accepted_invites', 'activated_invites',
    ]) }}
{% endmacro %}


{% macro aarrr_balances() %}
    {#- What agg_aarrr reads at the end of a period, or before it (dormant_members). Spec §5. -#}
    {{ return([
        'window_buyers', 'window_repeat_buyers', 'dormant_members', 'ltv_members', 'ltv_revenue',
        'enrolled_members',
    ]) }}
{% endmacro %}


{% macro aarrr_amounts() %}
    {#- Which flows and balances are money, decimal(18,2); all others are whole numbers. -#}
    {{ return([
        'spend', 'gross_revenue', 'discounts', 'refunds', 'member_revenue', 'ltv_revenue',
    ]) }}
{% endmacro %}


{% macro aarrr_visitor_flows() %}
    {#- Flows that count a person in each channel of their events: not additive, so that channel
        `all` is counted by itself. The others belong to one channel each. Spec §5, channel. -#}
    {{ return(['unique_visitors', 'registered_visitors', 'clickers', 'click_conversions']) }}
{% endmacro %}


{% macro amount_of_measure(names, grains) -%}
    {#- The amount that totals has for measures.measure, for grains.period_grain where a measure has
        a column for each grain. Args: names - of the measures; grains - of the columns, or none
        once. -#}
    case
        {%- for measure in names %}
        {%- for grain in grains %}
        when measures.measure = '{{ measure }}'
            {{- " and grains.period_grain = '" ~ grain ~ "'" if grain }}
            then cast(totals.{{ measure ~ '_' ~ grain if grain else measure }} as decimal(18, 2))
        {%- endfor %}
        {%- endfor %}
    end
{%- endmacro %}


{% macro aarrr_ratios() %}
    {#- Each ratio of agg_aarrr: name, numerator, denominator, and the condition under which it can
        be told (else null). Each is made of sums, divided once; null where its denominator is 0.
        Spec §5. Reads the flows and balances, net_sales, days, is_activation_known. -#}
    {{ return(adapter.dispatch('aarrr_ratios', 'member_loyalty')()) }}
{% endmacro %}

{% macro default__aarrr_ratios() %}
    {{ return([
        ('cpc', 'spend', 'clicks', none),
        ('click_conversion_rate', 'click_conversions', 'clickers', none),
        ('registration_rate', 'registered_visitors', 'unique_visitors', none),
        ('cac', 'spend', 'new_buyers', none),
        ('activation_rate', 'activated_members', 'new_members', 'is_activation_known'),
        ('stickiness', 'active_member_days', 'active_members * days', "period_grain = 'month'"),
        ('retention_rate', 'retained_members', 'previous_active_members', none),
        ('repurchase_rate', 'window_repeat_buyers', 'window_buyers', none),
        ('orders_per_buyer', 'member_orders', 'buyers', none),
        ('recall_rate', 'recalled_members', 'dormant_members', none),
        ('average_order_value', 'net_sales', 'orders', none),
        ('arpu', 'net_sales', 'active_members', none),
        ('ltv', 'ltv_revenue', 'ltv_members', none),
        ('ltv_to_cac', 'ltv_revenue * new_buyers', 'ltv_members * spend', 'new_buyers > 0'),
        ('marketing_roi', 'member_revenue - spend', 'spend', none),
        ('invite_acceptance_rate', 'accepted_invites', 'invites', none),
        ('invite_activation_rate', 'activated_invites', 'invites', none),
        ('invites_per_member', 'invites', 'enrolled_members', none),
        ('viral_coefficient', 'accepted_invites', 'enrolled_members', none),
    ]) }}
{% endmacro %}


{% macro channel_of(channel) -%}
    {#- The channel that a figure counts for: `unknown` where there is none, or where it is named
        `all`, which stands for all channels together. Spec §5. Args: SQL expression. -#}
    case when {{ channel }} is null or {{ channel }} = 'all' then 'unknown' else {{ channel }} end
{%- endmacro %}


{% macro is_within_days(from_date, to_date, days) -%}
    {#- True where a date is 0 to so many days after another. Spec §5. Args: SQL expressions; days -
        a number. -#}
    {{ to_date }} between {{ from_date }} and {{ from_date }} + {{ days }}
{%- endmacro %}


{% macro is_activation_known(joined_on, as_of_date) -%}
    {#- True where whoever joined on a date has had activation_days to buy. Spec §5,
        activation_rate. Args: SQL expressions; null counts as not known. -#}
    coalesce({{ joined_on }} + {{ var('activation_days') }} <= {{ as_of_date }}, false)
{%- endmacro %}


{% macro conversion_days() -%}
    {#- Days after a click within which registering counts as its conversion. Spec §5. -#}
    7
{%- endmacro %}


{% macro ltv_days() -%}
    {#- Days before a period's end within which a member joined who counts for ltv. Spec §5. -#}
    365
{%- endmacro %}
