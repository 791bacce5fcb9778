{{ config(materialized='view') }}

with traits as (
    select * from {{ ref('int_trait_scores') }}
),

scored as (
    select
        traits.*,
        {{ member_loyalty.quintile_score(
            'loyalty', 'loyalty_score', 'loyalty_score > 0', 'cuts.'
        ) | indent(8) }} as loyalty_tile,
        {{ member_loyalty.half(
            'loyalty', 'loyalty_score', 'loyalty_score > 0', 'cuts.'
        ) | indent(8) }} as loyalty_half
    from traits
    left join {{ ref('int_loyalty_cuts') }} as cuts on traits.snapshot_number = cuts.snapshot_number
)

select
    scored.*,
    {{ member_loyalty.quadrant('contribution_half', 'loyalty_half') }} as quadrant
from scored
