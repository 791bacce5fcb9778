{% macro words_of_segments(family) %}
    {#- Why a segment is given, a sentence for each segment of a family but rfm_segment, which is
        explained by its box. Names of columns of member_explanations stand in braces. Tested to
        hold every segment of the playbook.
        Returns: dict segment: (English, Chinese). -#}
    {%- set days = ' in the ' ~ var('rfm_window_days') ~ ' days to {snapshot_date}' -%}
    {%- if family == 'rfm_value_class' -%}
        {%- set words = {'none': (
            'No valid order' ~ days ~ '.',
            '截至 {snapshot_date} 的 ' ~ var('rfm_window_days') ~ ' 天内没有有效订单。',
        )} -%}
        {%- for segment, upper_en, upper_zh in [
            ('important_value', 'recency, frequency and money', 'R、F、M'),
            ('important_develop', 'recency and money', 'R、M'),
            ('important_keep', 'frequency and money', 'F、M'),
            ('important_winback', 'money alone', '仅 M'),
            ('general_value', 'recency and frequency', 'R、F'),
            ('general_develop', 'recency alone', '仅 R'),
            ('general_keep', 'frequency alone', '仅 F'),
            ('general_winback', 'none of the three', '无'),
        ] -%}
            {%- do words.update({segment: (
                'Upper half in ' ~ upper_en
                ~ ' (halves, 1 = upper: R {r_half}, F {f_half}, M {m_half}).',
                '上半区：' ~ upper_zh ~ '（1 为上半区：R {r_half}、F {f_half}、M {m_half}）。',
            )}) -%}
        {%- endfor -%}
        {{ return(words) }}
    {%- elif family == 'loyalty_band' -%}
        {{ return(member_loyalty.words_of_bands()) }}
    {%- elif family == 'quadrant' -%}
        {{ return(member_loyalty.words_of_quadrants()) }}
    {%- elif family == 'lifecycle' -%}
        {{ return(member_loyalty.words_of_stages()) }}
    {%- elif family == 'aipl' -%}
        {{ return(member_loyalty.words_of_aipl()) }}
    {%- endif -%}
    {{ return({}) }}
{% endmacro %}


{% macro words_of_quadrants() %}
    {#- As words_of_segments. -#}
    {%- set words = {} -%}
    {%- for segment, en, zh in [
        ('A', 'Contribution and loyalty in the upper half', '贡献与忠诚度均在上半区'),
        ('B', 'Contribution in the upper, loyalty in the lower half', '贡献在上半区，忠诚度在下半区'),
        ('C', 'Contribution in the lower, loyalty in the upper half', '贡献在下半区，忠诚度在上半区'),
        ('D', 'Contribution and loyalty in the lower half', '贡献与忠诚度均在下半区'),
    ] -%}
        {%- do words.update({segment: (
            en ~ ' (contribution {contribution_half}, loyalty {loyalty_half}).',
            zh ~ '（贡献 {contribution_half}、忠诚度 {loyalty_half}）。',
        )}) -%}
    {%- endfor -%}
    {{ return(words) }}
{% endmacro %}


{% macro words_of_bands() %}
    {#- As words_of_segments. -#}
    {%- set bins = member_loyalty.checked_var('score_bins') -%}
    {%- set words = {'none': ('Loyalty tile 0.', '忠诚度等级为 0。')} -%}
    {%- for segment, en, zh in [
        ('low', 'lowest', '最低'), ('medium', 'middle', '中间'), ('high', 'highest', '最高')
    ] -%}
        {%- do words.update({segment: (
            'Loyalty tile {loyalty_tile} is in the ' ~ en ~ ' third of 1 to ' ~ bins ~ '.',
            '忠诚度等级 {loyalty_tile} 属于 1 至 ' ~ bins ~ ' 中' ~ zh ~ '的三分之一。',
        )}) -%}
    {%- endfor -%}
    {{ return(words) }}
{% endmacro %}


{% macro words_of_stages() %}
    {#- As words_of_segments. -#}
    {%- set again_en = 'Bought again after joining (joined {joined_on}, last order'
        ~ ' {last_order_on})' -%}
    {%- set again_zh = '入会后有复购（{joined_on} 入会，最近下单 {last_order_on}）' -%}
    {%- set run_en = 'In a dormant run since {dormant_since}: {dormant_days} day(s), ' -%}
    {%- set run_zh = '自 {dormant_since} 起沉睡 {dormant_days} 天，' -%}
    {%- set days = var('churn_after_days') -%}
    {{ return({
        'latent': ('Not enrolled on {snapshot_date} (joined {joined_on}).',
            '{snapshot_date} 尚未入会（入会日 {joined_on}）。'),
        'churned': (run_en ~ 'at least ' ~ days ~ '.', run_zh ~ '不少于 ' ~ days ~ ' 天。'),
        'dormant': (run_en ~ 'fewer than ' ~ days ~ '.', run_zh ~ '少于 ' ~ days ~ ' 天。'),
        'stable': (
            again_en ~ '; frequency and order value are both in the upper half.',
            again_zh ~ '；购买频次与客单价均在上半区。',
        ),
        'growth': (
            again_en ~ '; not both in the upper half: frequency {f_half}, order value'
            ~ ' {average_order_value_half}.',
            again_zh ~ '；频次与客单价未同时在上半区：频次 {f_half}，客单价'
            ~ ' {average_order_value_half}。',
        ),
        'development': (
            'No valid order after the day of joining (joined {joined_on}, last order'
            ~ ' {last_order_on}).',
            '入会日之后尚无有效订单（{joined_on} 入会，最近下单 {last_order_on}）。',
        ),
    }) }}
{% endmacro %}


{% macro words_of_aipl() %}
    {#- As words_of_segments. -#}
    {%- set rule, window_days = var('aipl_loyal_rule'), var('aipl_window_days') -%}
    {%- set gap = 'longest_gap_days' if rule == 'every_gap' else 'last_gap_days' -%}
    {%- set gap_en = ('longest' if rule == 'every_gap' else 'last')
        ~ ' gap {' ~ gap ~ '} day(s)' -%}
    {%- set gap_zh = ('最长' if rule == 'every_gap' else '最近') ~ '购买间隔 {' ~ gap ~ '} 天' -%}
    {%- set since_en = '' if rule == 'latest_gap' else ', {days_since_purchase} day(s) since' -%}
    {%- set since_zh = '' if rule == 'latest_gap' else '，距今 {days_since_purchase} 天' -%}
    {%- set window_en = (' in the ' ~ window_days ~ ' days to {snapshot_date}')
        if window_days else '' -%}
    {%- set window_zh = ('截至 {snapshot_date} 的 ' ~ window_days ~ ' 天内')
        if window_days else '' -%}
    {{ return({
        'loyalty': (
            'Bought on two days or more (last on {last_purchase_on}): ' ~ gap_en ~ since_en
            ~ ', within the cycle of {cycle_length} days.',
            '至少两天有购买（最近 {last_purchase_on}）：' ~ gap_zh ~ since_zh
            ~ '，均在复购周期 {cycle_length} 天以内。',
        ),
        'purchase': (
            'Bought (last on {last_purchase_on}), but not loyal: ' ~ gap_en ~ since_en
            ~ ', not within the cycle of {cycle_length} days.',
            '有购买（最近 {last_purchase_on}），但未达忠诚：' ~ gap_zh ~ since_zh
            ~ '，未在复购周期 {cycle_length} 天以内。',
        ),
        'interest': (
            'No valid order' ~ window_en ~ '; last interest on {last_interest_on}.',
            window_zh ~ '没有有效订单；最近一次表现兴趣是 {last_interest_on}。',
        ),
        'awareness': (
            'Known, but neither a valid order nor interest' ~ window_en ~ '.',
            '已有触达；' ~ window_zh ~ '既无有效订单，也未表现兴趣。',
        ),
    }) }}
{% endmacro %}
