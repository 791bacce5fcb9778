with score_values as (
    select * from {{ ref('int_score_values') }}
),

{{ member_loyalty.score_cuts(
    'score_values', member_loyalty.base_measures() | map(attribute='name') | list
) }}

select * from cuts
