-- depends_on: {{ ref('int_restatement_plan') }}
{%- set bases = {
    'orders': ref('base_orders'),
    'order_refunds': ref('base_order_refunds'),
    'members': ref('base_members'),
    'referrals': ref('base_referrals'),
    'events': ref('base_events'),
    'identities': ref('base_identities'),
    'marketing_spend': ref('base_marketing_spend'),
    'exchange_rates': ref('base_exchange_rates'),
    'erasures': ref('base_erasures'),
    'consents': ref('base_consents'),
    'campaign_sends': ref('base_campaign_sends'),
} -%}

{%- for table, base in bases.items() %}
select
    {{ member_loyalty.as_text("'" ~ table ~ "'") }} as source_table,
    row_key,
    raw_row,
    {{ member_loyalty.as_text('reject_reason') }} as reason,
    {{ member_loyalty.as_text('reject_column') }} as column_name
from {{ base }}
where reject_reason is not null
{{ 'union all' if not loop.last }}
{%- endfor %}
