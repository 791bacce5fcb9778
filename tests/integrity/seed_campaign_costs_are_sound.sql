-- Costs are never negative, and their variants are written as sends write them. One row per fault,
-- said in `problem`.
with judged as (
    select
        campaign_id,
        variant,
        fixed_cost_amount,
        cost_per_send_amount,
        case
            when fixed_cost_amount < 0 or cost_per_send_amount < 0
                then 'campaign_costs.csv: a cost below 0'
            when variant <> lower(variant)
                then 'campaign_costs.csv: variant is not in lower case, so no send has it'
        end as problem
    from {{ ref('campaign_costs') }}
)

select * from judged
where problem is not null
