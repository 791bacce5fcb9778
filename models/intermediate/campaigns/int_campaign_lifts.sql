{{ config(materialized='view') }}

{#- Each variant against the control group of its campaign. The interval of the difference of two
    proportions is Newcombe's, made of the two Wilson intervals; that of two means is Welch's with
    the normal quantile. -#}
{%- set z = member_loyalty.confidence_z() %}
with estimates as (
    select * from {{ ref('int_campaign_estimates') }}
),

pairs as (
    select
        treated.campaign_id,
        treated.variant,
        treated.conversion - control.conversion as conversion_lift,
        treated.conversion - treated.conversion_lower as below,
        treated.conversion_upper - treated.conversion as above,
        control.conversion - control.conversion_lower as control_below,
        control.conversion_upper - control.conversion as control_above,
        treated.revenue_mean - control.revenue_mean as revenue_lift,
        treated.revenue_variance + control.revenue_variance as revenue_variance,
        control.members as control_members,
        control.buyers as control_buyers,
        control.net_revenue as control_net_revenue
    from estimates as treated
    inner join estimates as control on treated.campaign_id = control.campaign_id
    where treated.variant <> 'control' and control.variant = 'control'
)

select
    campaign_id,
    variant,
    control_members,
    control_buyers,
    control_net_revenue,
    {{ member_loyalty.six_places('conversion_lift') }} as conversion_lift,
    {{ member_loyalty.six_places('conversion_lift - ' ~ member_loyalty.square_root(
        'below * below + control_above * control_above'
    )) }} as conversion_lift_lower,
    {{ member_loyalty.six_places('conversion_lift + ' ~ member_loyalty.square_root(
        'above * above + control_below * control_below'
    )) }} as conversion_lift_upper,
    {{ member_loyalty.six_places('revenue_lift') }} as revenue_lift,
    {{ member_loyalty.six_places(
        'revenue_lift - ' ~ z ~ ' * ' ~ member_loyalty.square_root('revenue_variance')
    ) }} as revenue_lift_lower,
    {{ member_loyalty.six_places(
        'revenue_lift + ' ~ z ~ ' * ' ~ member_loyalty.square_root('revenue_variance')
    ) }} as revenue_lift_upper
from pairs
