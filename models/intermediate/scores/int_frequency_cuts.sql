{#- Empty where frequency is scored among everybody (var rfm_method). -#}
with scored as (
    {{ member_loyalty.recency_scores(
        ref('int_member_measures'), ref('int_score_cuts')
    ) | indent(4) }}
),

score_values as (
    {{ member_loyalty.nested_values(
        'scored', 'frequency', 'frequency', 'frequency > 0'
    ) | indent(4) }}
),

{{ member_loyalty.score_cuts(
    'score_values', ['frequency'], member_loyalty.score_parents('frequency')
) }}

select * from cuts
