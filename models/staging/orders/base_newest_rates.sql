{{ config(materialized='view') }}

with exchange_rates as (
    select * from {{ ref('stg_exchange_rates') }}
    where currency <> '{{ var("reporting_currency") }}'
),

numbered as (
    select
        currency,
        rate_date,
        rate_to_reporting,
        row_number() over (partition by currency order by rate_date desc) as age
    from exchange_rates
)

select
    currency,
    rate_date,
    rate_to_reporting
from numbered
where age = 1
