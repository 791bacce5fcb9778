with results as (
    select * from {{ ref('int_campaign_results') }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

compared as (
    select
        results.*,
        results.last_sent_on + {{ var('campaign_window_days') }} <= as_of_date.as_of_date
            as is_complete,
        lifts.control_members,
        lifts.control_buyers,
        lifts.conversion_lift,
        lifts.conversion_lift_lower,
        lifts.conversion_lift_upper,
        lifts.revenue_lift,
        lifts.revenue_lift_lower,
        lifts.revenue_lift_upper,
        {{ member_loyalty.exact_ratio(
            'results.net_revenue * lifts.control_members'
            ~ ' - lifts.control_net_revenue * results.members',
            'lifts.control_members', 2, numerator_places=2
        ) }} as incremental_revenue,
        cast(
            round(costs.fixed_cost_amount + costs.cost_per_send_amount * results.sends, 2)
            as decimal(18, 2)
        ) as cost_amount
    from results
    cross join as_of_date
    left join {{ ref('int_campaign_lifts') }} as lifts
        on results.campaign_id = lifts.campaign_id and results.variant = lifts.variant
    left join {{ ref('campaign_costs') }} as costs
        on results.campaign_id = costs.campaign_id and results.variant = costs.variant
)

select
    campaign_id,
    variant,
    cast({{ var('campaign_window_days') }} as integer) as window_days,
    first_sent_on,
    last_sent_on,
    is_complete,
    members,
    sends,
    buyers,
    orders,
    net_revenue,
    {{ member_loyalty.exact_ratio('buyers', 'members', 6) }} as conversion_rate,
    {{ member_loyalty.exact_ratio('net_revenue', 'members', 6, numerator_places=2) }}
        as revenue_per_member,
    control_members,
    conversion_lift,
    conversion_lift_lower,
    conversion_lift_upper,
    {{ member_loyalty.lift_verdict('conversion_lift_lower', 'conversion_lift_upper') | indent(4) }}
        as conversion_verdict,
    revenue_lift,
    revenue_lift_lower,
    revenue_lift_upper,
    {{ member_loyalty.lift_verdict('revenue_lift_lower', 'revenue_lift_upper') | indent(4) }}
        as revenue_verdict,
    cost_amount,
    incremental_revenue,
    {{ member_loyalty.exact_ratio(
        '(incremental_revenue - cost_amount) * 100', 'cost_amount * 100', 6
    ) }} as roi
from compared
