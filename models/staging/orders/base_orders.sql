{{ config(
    materialized='incremental',
    incremental_strategy='changed_keys',
    on_schema_change='sync_all_columns',
) }}

{%- set order_statuses = ref('order_statuses') -%}
{%- set daily_rates = ref('base_daily_rates') -%}
{%- set newest_rates = ref('base_newest_rates') -%}
{%- set lookups %}
        left join {{ order_statuses }} as order_statuses
            on coalesce(parsed.status, 'completed') = order_statuses.raw_status
        left join {{ daily_rates }} as daily_rates
            on parsed.currency = daily_rates.currency
            and cast(parsed.ordered_at as date) = daily_rates.rate_date
        left join {{ newest_rates }} as newest_rates
            on parsed.currency = newest_rates.currency
            and cast(parsed.ordered_at as date) >= newest_rates.rate_date
{%- endset -%}

{{ member_loyalty.base_rows(
    'orders',
    erased_by=[('member_id', ref('base_erased_members'), 'member_id')],
    lookups=lookups,
    lookup_columns=[
        'order_statuses.order_status',
        member_loyalty.rate_in_force('parsed.currency') ~ ' as exchange_rate',
    ],
    context=[
        member_loyalty.table_fingerprint(order_statuses, ['raw_status', 'order_status']),
        member_loyalty.rates_fingerprint('raw_currency', ref('stg_exchange_rates')),
    ],
    checks=[
        ('discount_exceeds_gross', none, 'coalesce(discount_amount, 0) > gross_amount'),
        ('unknown_status', 'status', 'order_status is null'),
    ],
    late_checks=[('missing_exchange_rate', 'currency', 'exchange_rate is null')],
) }}

select
    {{ member_loyalty.base_columns('orders') }},
    {%- for column in member_loyalty.order_text_columns()[2:] %}
    coalesce({{ member_loyalty.trimmed(adapter.quote('raw_' ~ column)) }}, 'unknown')
        as {{ column }},
    {%- endfor %}
    order_status,
    exchange_rate,
    {{ member_loyalty.row_hash(
        ['order_id', 'member_id', 'ordered_at', 'order_status', 'exchange_rate', 'gross_amount',
        'discount_amount', 'cost_amount', 'promotion_code'] + member_loyalty.order_text_columns()
    ) }} as meaning_hash
from {{ member_loyalty.judged_or_gone('orders') }}
