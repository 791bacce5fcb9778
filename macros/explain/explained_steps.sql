{% macro explained_steps() %}
    {#-
        The labels that a member carries, each after those that it follows from; read by
        member_explanations, whose columns (CTE `labelled`) the sentences name in braces.

        Returns: list of dicts
            label: column of the mart that holds it; en, zh: its name
            in_partitions: whether it is given in each score partition, or in `all` alone
            of_enrolled: whether only the enrolled have it
            value: SQL expression, the label
            inputs: the columns that it follows from
            cut_points: SQL expression, or none
            outcomes: list of (condition, sentence in English, in Chinese), the first that holds
    -#}
    {{ return(
        member_loyalty.explained_rfm() + member_loyalty.explained_loyalty()
        + member_loyalty.explained_stages()
    ) }}
{% endmacro %}


{% macro explained_step(label, en, zh, inputs, outcomes, value=none, cut_points=none) %}
    {#- A label of explained_steps that the enrolled have, in `all`. -#}
    {{ return({
        'label': label, 'en': en, 'zh': zh, 'in_partitions': false, 'of_enrolled': true,
        'value': value or label, 'inputs': inputs, 'cut_points': cut_points, 'outcomes': outcomes,
    }) }}
{% endmacro %}


{% macro explained_words(label, words) %}
    {#- Outcomes of a label with a sentence for each of its values. Args: label - column; words -
        dict value: (English, Chinese). -#}
    {%- set outcomes = [] -%}
    {%- for value, sentences in words.items() -%}
        {%- do outcomes.append((label ~ " = '" ~ value ~ "'", sentences[0], sentences[1])) -%}
    {%- endfor -%}
    {{ return(outcomes) }}
{% endmacro %}


{% macro explained_measures() %}
    {#- How the raw value of each measure is told. Returns: dict measure: dict with value (column),
        score (its label), is_active (condition), said (English, Chinese), nothing (why an inactive
        member scores 0, likewise). -#}
    {%- set to_date = ' days to {snapshot_date}' -%}
    {%- set until = '截至 {snapshot_date} 的 ' -%}
    {%- set days = var('rfm_window_days') -%}
    {%- set by_day = var('purchase_occasion') == 'day' -%}
    {%- set no_order = ('No valid order in the ' ~ days ~ to_date, until ~ days ~ ' 天内没有有效订单')
    -%}
    {%- set measures = {} -%}
    {%- for measure, value, score, is_active, en, zh, nothing in [
        ('recency', 'recency_days', 'r_score', 'has_order',
            '{recency_days} day(s) since the last valid order',
            '最近一次有效订单距今 {recency_days} 天',
            no_order),
        ('frequency', 'frequency', 'f_score', 'has_order',
            '{frequency} ' ~ ('day(s) with an order' if by_day else 'order(s)') ~ ' in the window',
            '窗口期内' ~ ('购买天数' if by_day else '有效订单数') ~ '为 {frequency}', no_order),
        ('monetary', 'monetary_amount', 'm_score', 'has_order',
            'Net revenue of {monetary_amount} in the window', '窗口期内净消费 {monetary_amount}',
            no_order),
    ] + member_loyalty.explained_traits(no_order) -%}
        {%- do measures.update({measure: {
            'value': value, 'score': score, 'is_active': is_active, 'said': (en, zh),
            'nothing': nothing,
        }}) -%}
    {%- endfor -%}
    {%- do measures.update(member_loyalty.explained_sums(no_order)) -%}
    {%- for told in measures.values() -%}
        {%- do told.update({
            'inputs': [told.value] + (['has_order'] if told.is_active == 'has_order' else [])
        }) -%}
    {%- endfor -%}
    {{ return(measures) }}
{% endmacro %}


{% macro explained_traits(no_order) %}
    {#- Rows of explained_measures: what loyalty is made of besides frequency. Args: no_order - why
        there is none. -#}
    {%- set to_date, until = ' days to {snapshot_date}', '截至 {snapshot_date} 的 ' -%}
    {%- set days, referral_days = var('rfm_window_days'), var('referral_window_days') -%}
    {{ return([
        ('average_order_value', 'average_order_value', 'average_order_value_score', 'has_order',
            '{average_order_value} an order in the window', '窗口期内客单价 {average_order_value}',
            no_order),
        ('full_price', 'full_price_frequency', 'full_price_score', 'full_price_frequency > 0',
            '{full_price_frequency} purchase(s) at full price in the window',
            '窗口期内正价购买 {full_price_frequency} 次',
            ('No purchase at full price in the ' ~ days ~ to_date,
                until ~ days ~ ' 天内没有正价购买')),
        ('referral', 'referral_count', 'referral_score', 'referral_count > 0',
            '{referral_count} accepted referral(s) in the window',
            '窗口期内成功推荐 {referral_count} 人',
            ('No accepted referral in the ' ~ referral_days ~ to_date,
                until ~ referral_days ~ ' 天内没有成功推荐')),
    ]) }}
{% endmacro %}


{% macro explained_sums(no_order) %}
    {#- As explained_measures: contribution and loyalty. Args: no_order - why there is none. -#}
    {%- set by_margin = var('contribution_measure') == 'gross_margin' -%}
    {{ return({
        'contribution': {
            'value': 'contribution_amount', 'score': none, 'is_active': 'has_order',
            'said': (
                ('Gross margin' if by_margin else 'Net revenue')
                ~ ' of {contribution_amount} in the window',
                '窗口期内' ~ ('毛利' if by_margin else '净消费') ~ ' {contribution_amount}',
            ),
            'nothing': no_order,
        },
        'loyalty': {
            'value': 'loyalty_score', 'score': 'loyalty_tile', 'is_active': 'loyalty_number > 0',
            'said': ('A loyalty score of {loyalty_score}', '忠诚度得分 {loyalty_score}'),
            'nothing': ('A loyalty score of 0', '忠诚度得分为 0'),
        },
    }) }}
{% endmacro %}
