{% macro config_rules() %}
    {#- What each var of dbt_project.yml may be: one rule a var, read by check_config. -#}
    {%- set days = {'kind': 'integer', 'min': 1, 'max': 99999} -%}
    {%- set days_or_0 = {'kind': 'integer', 'min': 0, 'max': 99999} -%}
    {%- set yes_no = {'kind': 'boolean'} -%}
    {%- set rules = {
        'raw_database': {'kind': 'text', 'empty': true},
        'raw_schema': {'kind': 'text'}, 'business_timezone': {'kind': 'time_zone'},
        'max_rejected_share': {'kind': 'number', 'min': 0, 'max': 1},
        'reporting_currency': {'kind': 'currency'},
        'purchase_occasion': {'kind': 'choice', 'of': ['order', 'day']},
        'referral_attribution_days': days_or_0, 'activation_days': days_or_0,
        'rfm_window_days': days, 'referral_window_days': days,
        'contribution_measure': {'kind': 'choice', 'of': ['net_revenue', 'gross_margin']},
        'infer_members': yes_no, 'score_bins': {'kind': 'integer', 'min': 2, 'max': 9},
        'tie_policy': {'kind': 'choice', 'of': ['low', 'high', 'split']},
        'rfm_method': {'kind': 'choice', 'of': ['independent', 'nested']},
        'score_partitions': {'kind': 'columns'}, 'dormant_r_scores': {'kind': 'scores'},
        'development_grace_days': days_or_0, 'aipl_window_days': days_or_0,
        'dormant_min_cycles': {'kind': 'number', 'min': 0, 'max': 1000},
        'churn_after_days': days, 'cycle_lookback_days': days, 'default_cycle_days': days,
        'cycle_statistic': {'kind': 'choice', 'of': ['mean', 'median']},
        'aipl_loyal_rule': {'kind': 'choice', 'of': ['current', 'latest_gap', 'every_gap']},
        'campaign_window_days': days_or_0, 'backtest_horizon_days': days,
        'campaign_min_members': {'kind': 'integer', 'min': 2, 'max': 99999999},
        'audience_history_days': {'kind': 'integer', 'min': 31, 'max': 99999},
        'snapshot_interval': {'kind': 'choice', 'of': ['day', 'week', 'month']},
        'snapshot_start': {'kind': 'date'}, 'as_of_date': {'kind': 'date'},
        'restate_from': {'kind': 'date'},
        'alarm_mean_shift': {'kind': 'number', 'min': 0, 'max': 9},
        'backtest_origins': {'kind': 'integer', 'min': 1, 'max': 99},
        'alarm_stability_index': {'kind': 'number', 'min': 0, 'max': 100},
    } -%}
    {%- for table in member_loyalty.raw_tables() -%}
        {%- do rules.update({'raw_' ~ table ~ '_identifier': {'kind': 'text'}}) -%}
        {%- if table != 'orders' -%}{%- do rules.update({'using_' ~ table: yes_no}) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(rules) }}
{% endmacro %}


{% macro raw_tables() %}
    {#- The tables of the raw contract; all but orders may be switched off. -#}
    {{ return([
        'orders', 'order_refunds', 'members', 'referrals', 'events', 'identities',
        'marketing_spend', 'exchange_rates', 'erasures', 'consents', 'campaign_sends',
    ]) }}
{% endmacro %}


{% macro config_legal_values(rule) %}
    {#- The legal values of a rule in words, for the message. -#}
    {%- set kind = rule.kind -%}
    {%- set whole = 'a whole number' if kind == 'integer' else 'a number' -%}
    {%- if kind in ['integer', 'number'] -%}
        {{ return(whole ~ ' from ' ~ rule.min ~ ' to ' ~ rule.max) }}
    {%- elif kind == 'choice' -%}
        {{ return('one of ' ~ rule.of | join(', ')) }}
    {%- endif -%}
    {{ return({
        'boolean': 'true or false',
        'text': 'a name' ~ (', or empty for the database of the target' if rule.empty else ''),
        'date': 'a real date as YYYY-MM-DD, or empty',
        'time_zone': 'an IANA time zone such as UTC, Europe/London or Asia/Shanghai',
        'currency': 'three upper-case letters such as USD',
        'scores': 'a list of distinct scores from 0 to score_bins ('
            ~ var('score_bins') ~ '), at least one',
        'columns': 'a list of distinct text columns of the raw orders, such as [platform]; '
            ~ '[] for none; not all',
    }[kind]) }}
{% endmacro %}
