select
    spend_date as spent_on,
    channel,
    cast(coalesce(impressions, 0) as bigint) as impressions,
    cast(coalesce(clicks, 0) as bigint) as clicks,
    {{ member_loyalty.in_reporting_currency('cost_amount', 'exchange_rate') }} as spend_amount
from {{ ref('base_marketing_spend') }}
where reject_reason is null
