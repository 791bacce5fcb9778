{#- What is tried: one trait's weight at a time, the others as they are in force. -#}
{%- set traits = member_loyalty.loyalty_traits() %}
{%- set greatest_weight = {'referral': 5, 'average_order_value': 2, 'full_price': 2} %}
with in_force as (
    select weights.*
    from {{ ref('int_loyalty_weights') }} as weights
    inner join {{ ref('int_snapshot_dates') }} as snapshots
        on weights.snapshot_number = snapshots.snapshot_number
    where snapshots.is_last
),

quarters as (
    {%- for trait, most in greatest_weight.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ trait }}' as trait,
        {{ member_loyalty.unnest_integers(0, 4 * most) }} as quarter,
        in_force.*
    from in_force
    {%- endfor %}
),

tried as (
    select
        quarters.*,
        cast(quarter * 0.25 as decimal(18, 4)) as weight
    from quarters
)

select
    trait,
    weight,
    {%- for varied in traits %}
    cast(
        case when trait = '{{ varied }}' then weight else {{ varied }}_weight end as decimal(18, 4)
    ) as {{ varied }}_weight,
    {%- endfor %}
    weight = case trait
        {%- for trait in greatest_weight %}
        when '{{ trait }}' then {{ trait }}_weight
        {%- endfor %}
    end as is_in_force
from tried
