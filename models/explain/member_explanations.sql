{#- Every member, snapshot and label: to be asked for one member and date, which the engine carries
    into each join. It reads marts alone, so that it works on a published copy of them, too. -#}
{%- set measures = member_loyalty.explained_measures() %}
{%- set steps = member_loyalty.explained_steps() %}
{%- set contribution = 'contribution' if var('contribution_measure') == 'gross_margin'
    else 'monetary' %}
with rules as (
    {{ member_loyalty.explained_rules_in_one_row() }}
),

bounds as (
    {{ member_loyalty.explained_bounds_in_one_row() }}
),

labelled as (
    select
        stages.snapshot_date,
        stages.member_id,
        stages.lifecycle_stage,
        stages.dormant_since,
        {{ member_loyalty.days_between('stages.dormant_since', 'stages.snapshot_date') }}
            as dormant_days,
        members.joined_on,
        {{ member_loyalty.days_between('members.joined_on', 'stages.snapshot_date') }}
            as days_since_joining,
        aipl.aipl_stage,
        aipl.last_purchase_on,
        {{ member_loyalty.days_between('aipl.last_purchase_on', 'stages.snapshot_date') }}
            as days_since_purchase,
        aipl.last_gap_days,
        aipl.longest_gap_days,
        aipl.last_interest_on,
        {{ member_loyalty.plain_number('aipl.cycle_days') }} as cycle_length,
        tags.tag as next_best_action,
        coalesce(scores.score_partition, {{ member_loyalty.all_partitions() }}) as score_partition,
        scores.member_id is not null as is_enrolled,
        {{ member_loyalty.has_order() }} as has_order,
        scores.recency_days,
        stages.snapshot_date - scores.recency_days as last_order_on,
        scores.frequency,
        scores.monetary_amount,
        scores.average_order_value,
        scores.full_price_frequency,
        scores.r_score,
        scores.f_score,
        scores.m_score,
        scores.rfm_cell,
        scores.rfm_segment,
        scores.rfm_value_class,
        {{ member_loyalty.explained_box() | indent(8) }} as box,
        onset.recency_days as onset_recency_days,
        loyalty.frequency_score,
        loyalty.referral_score,
        loyalty.average_order_value_score,
        loyalty.full_price_score,
        loyalty.referral_count,
        loyalty.loyalty_score as loyalty_number,
        {{ member_loyalty.plain_number('loyalty.loyalty_score') }} as loyalty_score,
        loyalty.loyalty_tile,
        {{ member_loyalty.loyalty_band('loyalty.loyalty_tile') | indent(8) }} as loyalty_band,
        quadrants.contribution_amount,
        quadrants.contribution_half,
        quadrants.loyalty_half,
        quadrants.quadrant,
        {%- for measure, label in [
            ('recency', 'r_half'), ('frequency', 'f_half'), ('monetary', 'm_half'),
            ('average_order_value', 'average_order_value_half'),
        ] %}
        {{ member_loyalty.half(
            measure, 'scores.' ~ measures[measure].value, member_loyalty.has_order(),
            'rules.' ~ measure ~ '_'
        ) | indent(8) }} as {{ label }},
        {%- endfor %}
        {%- for trait in member_loyalty.loyalty_traits() %}
        rules.{{ trait }}_weight,
        {%- endfor %}
        {%- for measure, told in measures.items() if told.score %}
        {{ member_loyalty.explained_range(measure, told.score) | indent(8) }}
            as {{ measure }}_range,
        {{ member_loyalty.explained_cut_points(measure) | indent(8) }} as {{ measure }}_cut_points,
        {%- endfor %}
        {%- for measure in measures %}
        {{ member_loyalty.explained_text(
            measure, 'rules.' ~ (contribution if measure == 'contribution' else measure)
            ~ '_half_cut'
        ) }} as {{ measure }}_half_text,
        {%- endfor %}
        onset.r_score as onset_r_score
    {{ member_loyalty.explained_marts() | indent(4) }}
),

steps as (
    select {{ member_loyalty.unnest_integers(1, steps | length) }} as step
)

{{ member_loyalty.explained_rows(steps) }}
