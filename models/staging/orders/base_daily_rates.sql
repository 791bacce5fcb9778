with exchange_rates as (
    select * from {{ ref('stg_exchange_rates') }}
    where currency <> '{{ var("reporting_currency") }}'
),

intervals as (
    select
        currency,
        rate_date,
        rate_to_reporting,
        lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
    from exchange_rates
),

days as (
    select
        currency,
        rate_date as valid_from,
        rate_to_reporting,
        {{ member_loyalty.unnest_integers(
            0, member_loyalty.days_between('rate_date', 'next_rate_date') ~ ' - 1'
        ) }} as days_later
    from intervals
    where next_rate_date is not null
)

select
    currency,
    valid_from + cast(days_later as integer) as rate_date,
    rate_to_reporting
from days
