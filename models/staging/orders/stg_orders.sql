{{ config(materialized='view') }}

with standing as (
    select * from {{ ref('base_orders') }}
    where reject_reason is null
),

in_reporting_currency as (
    select
        standing.*,
        {{ member_loyalty.in_reporting_currency('gross_amount', 'exchange_rate') }}
            as gross_in_reporting,
        {{ member_loyalty.in_reporting_currency(
            'gross_amount - discount_amount', 'exchange_rate'
        ) }} as net_in_reporting,
        {{ member_loyalty.in_reporting_currency('cost_amount', 'exchange_rate') }}
            as cost_in_reporting
    from standing
)

select
    order_id,
    member_id,
    ordered_at,
    cast(ordered_at as date) as ordered_on,
    {%- for column in member_loyalty.order_text_columns() %}
    {{ column }},
    {%- endfor %}
    status,
    order_status,
    coalesce(currency, '{{ var("reporting_currency") }}') as currency,
    exchange_rate,
    gross_in_reporting as gross_amount,
    cast(gross_in_reporting - net_in_reporting as decimal(18, 2)) as discount_amount,
    net_in_reporting as net_before_refund,
    cost_in_reporting as cost_amount,
    gross_amount - discount_amount as original_net_amount,
    {{ member_loyalty.is_full_price() }} as is_full_price,
    updated_at,
    meaning_hash
from in_reporting_currency
