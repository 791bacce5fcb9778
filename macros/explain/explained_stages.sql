{% macro explained_stages() %}
    {#- The labels of explained_steps about stages, and the action that follows. -#}
    {%- set steps = [
        member_loyalty.explained_step(
            'dormant_since', 'Dormant since', '沉睡起始日', [
                'r_score', 'joined_on', 'days_since_joining', 'recency_days', 'onset_r_score',
                'onset_recency_days',
            ], member_loyalty.words_of_dormant_runs()
        ),
        member_loyalty.explained_step(
            'lifecycle_stage', 'Lifecycle stage', '生命周期阶段', [
                'joined_on', 'last_order_on', 'dormant_since', 'dormant_days', 'f_half',
                'average_order_value_half',
            ], member_loyalty.explained_words(
                'lifecycle_stage', member_loyalty.words_of_segments('lifecycle')
            )
        ),
        member_loyalty.explained_step(
            'aipl_stage', 'AIPL stage', 'AIPL 阶段', [
                'last_purchase_on', 'days_since_purchase', 'last_gap_days', 'longest_gap_days',
                'last_interest_on', 'cycle_length',
            ], member_loyalty.explained_words(
                'aipl_stage', member_loyalty.words_of_segments('aipl')
            )
        ),
        member_loyalty.explained_action(),
    ] -%}
    {%- for step in steps -%} {%- do step.update({'of_enrolled': false}) -%} {%- endfor -%}
    {{ return(
        [member_loyalty.explained_half(
            'average_order_value', 'average_order_value_half', 'Order value half', '客单价半区'
        )] + steps
    ) }}
{% endmacro %}


{% macro explained_action() %}
    {#- The action that follows from all labels, as a step of explained_steps. -#}
    {{ return(member_loyalty.explained_step(
        'next_best_action', 'Next best action', '下一步最佳行动', [
            'rfm_value_class', 'rfm_segment', 'quadrant', 'lifecycle_stage', 'aipl_stage',
            'loyalty_band',
        ], [
            (
                "next_best_action = '(none)'",
                'Seed segment_playbook has no play for these labels.',
                'segment_playbook 中没有与这些标签对应的策略。',
            ),
            (
                "next_best_action <> '(none)'",
                'Of the plays for these labels the first by priority in seed segment_playbook.',
                '在这些标签对应的策略中，segment_playbook 里优先级最高的一项。',
            ),
        ]
    )) }}
{% endmacro %}


{% macro words_of_dormant_runs() %}
    {#- Outcomes of dormant_since, as in explained_steps. A run may have begun before the first
        snapshot of the marts. -#}
    {%- set scores = member_loyalty.checked_var('dormant_r_scores') | join(', ') -%}
    {%- set grace, cycles = var('development_grace_days'), var('dormant_min_cycles') -%}
    {%- set pause_en = ', more than ' ~ cycles ~ ' cycles without a purchase' if cycles else '' -%}
    {%- set pause_zh = '，超过 ' ~ cycles ~ ' 个复购周期未购买' if cycles else '' -%}
    {%- set rule_en = 'r_score ' ~ scores ~ ', more than ' ~ grace ~ ' days after joining'
        ~ pause_en -%}
    {%- set rule_zh = 'r_score 为 ' ~ scores ~ '，入会超过 ' ~ grace ~ ' 天' ~ pause_zh -%}
    {{ return([
        (
            'not is_enrolled',
            'Not enrolled on {snapshot_date}: no dormant run.',
            '{snapshot_date} 尚未入会：没有沉睡期。',
        ),
        (
            'dormant_since is null',
            'In no dormant run (r_score {r_score}, joined {days_since_joining} day(s) ago,'
            ~ ' {recency_days} day(s) since the last order). One starts at ' ~ rule_en
            ~ ', and not at the snapshot at which one ends; a later order ends it.',
            '不在沉睡期（r_score {r_score}，入会 {days_since_joining} 天，距最近订单 {recency_days}'
            ~ ' 天）。沉睡条件：' ~ rule_zh ~ '，且不在上一沉睡期结束的同一快照；再次购买即结束。',
        ),
        (
            'onset_r_score is null',
            'Since {dormant_since}, before the first snapshot of the marts, without a later order.',
            '自 {dormant_since} 起（早于集市的首个快照），此后没有新的订单。',
        ),
        (
            'dormant_since is not null',
            'At {dormant_since} r_score was {onset_r_score}, {onset_recency_days} day(s) since the'
            ~ ' last order; no later order since. Rule: ' ~ rule_en ~ '.',
            '{dormant_since} 时 r_score 为 {onset_r_score}，距最近订单 {onset_recency_days}'
            ~ ' 天，此后没有新的订单。规则：' ~ rule_zh ~ '。',
        ),
    ]) }}
{% endmacro %}
