{% macro explained_score(measure, en, zh) %}
    {#- The score of a measure as a step of explained_steps. Args: measure - its name; en, zh - name
        of the score. -#}
    {%- set told = member_loyalty.explained_measures()[measure] -%}
    {%- set said, nothing, score = told.said, told.nothing, told.score -%}
    {%- set within_en, within_zh = member_loyalty.explained_parents(measure) -%}
    {{ return(member_loyalty.explained_step(
        score, en, zh, told.inputs + member_loyalty.score_parents(measure), [
            (
                '(' ~ told.is_active ~ ') is not true',
                nothing[0] ~ ': score 0.', nothing[1] ~ '：0 分。',
            ),
            (
                score ~ ' = 0',
                said[0] ~ ', which no interval of seed score_thresholds holds: score 0.',
                said[1] ~ '，不在 score_thresholds 的任何区间内：0 分。',
            ),
            (
                score ~ ' > 0',
                said[0] ~ ', among the values {' ~ measure ~ '_range} of score {' ~ score ~ '}'
                ~ within_en ~ '.',
                said[1] ~ '，' ~ within_zh ~ '属于 {' ~ score ~ '} 分的取值 {' ~ measure ~ '_range}。',
            ),
        ], cut_points=measure ~ '_cut_points'
    )) }}
{% endmacro %}


{% macro explained_parents(measure) %}
    {#- Among whom a measure is scored, where that is not everybody: (English, Chinese). -#}
    {%- set parents = member_loyalty.score_parents(measure) -%}
    {%- if not parents -%}
        {{ return(('', '')) }}
    {%- endif -%}
    {%- set told = [] -%}
    {%- for parent in parents -%}
        {%- do told.append(parent ~ ' {' ~ parent ~ '}') -%}
    {%- endfor -%}
    {{ return((
        ' among those with ' ~ told | join(' and '),
        '在 ' ~ told | join('、') ~ ' 的会员中，',
    )) }}
{% endmacro %}


{% macro explained_half(measure, label, en, zh) %}
    {#- A half of a measure as a step of explained_steps. Args: as explained_score; label - its
        column. -#}
    {%- set told = member_loyalty.explained_measures()[measure] -%}
    {%- set said, nothing, cut = told.said, told.nothing, measure ~ '_half_text' -%}
    {%- set is_recency = measure == 'recency' -%}
    {{ return(member_loyalty.explained_step(
        label, en, zh, told.inputs, [
            (
                '(' ~ told.is_active ~ ') is not true',
                nothing[0] ~ ': lower half.', nothing[1] ~ '：下半区。',
            ),
            (
                cut ~ ' is null',
                said[0] ~ '; all are too alike for an upper half: lower half.',
                said[1] ~ '；会员之间差异太小，没有上半区：下半区。',
            ),
            (
                label ~ ' = 1',
                said[0] ~ ', at ' ~ ('most' if is_recency else 'least') ~ ' {' ~ cut
                ~ '}: upper half.',
                said[1] ~ '，' ~ ('不多于' if is_recency else '不少于') ~ ' {' ~ cut ~ '}：上半区。',
            ),
            (
                label ~ ' = 0',
                said[0] ~ ', ' ~ ('more' if is_recency else 'less') ~ ' than {' ~ cut
                ~ '}: lower half.',
                said[1] ~ '，' ~ ('多于' if is_recency else '少于') ~ ' {' ~ cut ~ '}：下半区。',
            ),
        ], cut_points=cut
    )) }}
{% endmacro %}


{% macro explained_rfm() %}
    {#- The labels of explained_steps that are given in each partition: scores, segment, halves,
        value class. -#}
    {%- set steps = [
        member_loyalty.explained_score('recency', 'Recency score', '近度得分（R）'),
        member_loyalty.explained_score('frequency', 'Frequency score', '频次得分（F）'),
        member_loyalty.explained_score('monetary', 'Monetary score', '金额得分（M）'),
        member_loyalty.explained_step(
            'rfm_segment', 'RFM segment', 'RFM 细分人群', [
                'rfm_cell', 'r_score', 'f_score', 'm_score',
            ], [(
                'rfm_segment is not null',
                'Cell {rfm_cell} lies in {box}, the first box of seed rfm_segments to hold it.',
                '单元格 {rfm_cell} 落在 {box} 的范围内，是 rfm_segments 中第一个包含它的范围。',
            )], cut_points='box'
        ),
        member_loyalty.explained_half('recency', 'r_half', 'Recency half', '近度半区'),
        member_loyalty.explained_half('frequency', 'f_half', 'Frequency half', '频次半区'),
        member_loyalty.explained_half('monetary', 'm_half', 'Monetary half', '金额半区'),
        member_loyalty.explained_step(
            'rfm_value_class', 'Value class', 'RFM 八大客群', ['r_half', 'f_half', 'm_half'],
            member_loyalty.explained_words(
                'rfm_value_class', member_loyalty.words_of_segments('rfm_value_class')
            )
        ),
    ] -%}
    {%- for step in steps -%} {%- do step.update({'in_partitions': true}) -%} {%- endfor -%}
    {{ return(steps) }}
{% endmacro %}


{% macro explained_loyalty() %}
    {#- The labels of explained_steps about loyalty and contribution. -#}
    {%- set scores = ['frequency_score', 'referral_score', 'average_order_value_score',
        'full_price_score'] -%}
    {%- set weights = scores | map('replace', '_score', '_weight') | list -%}
    {%- set points = '{frequency_weight} × {frequency_score} + {referral_weight} × {referral_score}'
        ~ ' + {average_order_value_weight} × {average_order_value_score}'
        ~ ' + {full_price_weight} × {full_price_score} = {loyalty_score}' -%}
    {{ return([
        member_loyalty.explained_score('referral', 'Referral score', '推荐得分'),
        member_loyalty.explained_score('average_order_value', 'Order value score', '客单价得分'),
        member_loyalty.explained_score('full_price', 'Full-price score', '正价购买得分'),
        member_loyalty.explained_step(
            'loyalty_score', 'Loyalty score', '忠诚度得分', scores + weights, [(
                'loyalty_score is not null',
                'Weights in force × scores of frequency, referral, order value, full price: '
                ~ points ~ '.',
                '现行权重 × 频次、推荐、客单价、正价得分：' ~ points ~ '。',
            )]
        ),
        member_loyalty.explained_score('loyalty', 'Loyalty tile', '忠诚度等级'),
        member_loyalty.explained_step(
            'loyalty_band', 'Loyalty band', '忠诚层级', ['loyalty_tile'],
            member_loyalty.explained_words(
                'loyalty_band', member_loyalty.words_of_segments('loyalty_band')
            )
        ),
        member_loyalty.explained_half('loyalty', 'loyalty_half', 'Loyalty half', '忠诚度半区'),
        member_loyalty.explained_half(
            'contribution', 'contribution_half', 'Contribution half', '贡献半区'
        ),
        member_loyalty.explained_step(
            'quadrant', 'Quadrant', '四象限', ['contribution_half', 'loyalty_half'],
            member_loyalty.explained_words(
                'quadrant', member_loyalty.words_of_segments('quadrant')
            )
        ),
    ]) }}
{% endmacro %}
