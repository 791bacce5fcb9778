select
    rate_date,
    currency,
    rate_to_reporting
from {{ ref('base_exchange_rates') }}
where reject_reason is null
