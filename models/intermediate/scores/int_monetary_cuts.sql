{#- Empty where money is scored among everybody (var rfm_method). -#}
with recency_scored as (
    {{ member_loyalty.recency_scores(
        ref('int_member_measures'), ref('int_score_cuts')
    ) | indent(4) }}
),

scored as (
    {{ member_loyalty.with_nested_score(
        'recency_scored', 'frequency', 'frequency', 'frequency > 0', ref('int_frequency_cuts')
    ) | indent(4) }}
),

score_values as (
    {{ member_loyalty.nested_values(
        'scored', 'monetary', 'monetary_amount', 'orders > 0'
    ) | indent(4) }}
),

{{ member_loyalty.score_cuts(
    'score_values', ['monetary'], member_loyalty.score_parents('monetary')
) }}

select * from cuts
