{{ config(materialized='view') }}

{%- set buyers = member_loyalty.double_of('buyers') %}
{%- set members = member_loyalty.double_of('members') %}
{%- set spread = 'members * squared_cents - revenue_cents * revenue_cents' %}
{#- The mean's variance in squared money: the sum of squares about the mean is found in whole cents
    before anything is divided. -#}
select
    campaign_id,
    variant,
    members,
    buyers,
    net_revenue,
    {{ member_loyalty.double_ratio(buyers, members) }} as conversion,
    {{ member_loyalty.wilson_bound(buyers, members, '-') }} as conversion_lower,
    {{ member_loyalty.wilson_bound(buyers, members, '+') }} as conversion_upper,
    {{ member_loyalty.double_ratio(
        member_loyalty.double_of('revenue_cents'), members ~ ' * 100'
    ) }} as revenue_mean,
    {{ member_loyalty.double_ratio(
        member_loyalty.double_of(spread),
        members ~ ' * ' ~ members ~ ' * (' ~ members ~ ' - 1) * 10000'
    ) }} as revenue_variance
from {{ ref('int_campaign_results') }}
