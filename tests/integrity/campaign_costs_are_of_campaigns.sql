{{ config(severity='warn') }}
-- Warns of costs of a campaign and variant that nobody was first sent to by as_of_date: they are in
-- no return on investment. One row per row of the seed, said in `problem`.
select
    costs.campaign_id,
    costs.variant,
    concat(
        'campaign_costs.csv: no member is of campaign ', costs.campaign_id, ', variant ',
        costs.variant, '; its costs are counted nowhere'
    ) as problem
from {{ ref('campaign_costs') }} as costs
left join {{ ref('int_campaign_results') }} as results
    on costs.campaign_id = results.campaign_id
    and costs.variant = results.variant
where results.campaign_id is null
