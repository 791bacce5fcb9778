-- What the shop does not have is empty, not missing. One row per model that holds anything.
{%- for model in [
    'stg_events', 'stg_identities', 'stg_marketing_spend', 'stg_exchange_rates', 'stg_erasures',
    'stg_consents', 'stg_campaign_sends',
] %}
{{ 'union all' if not loop.first }}
select '{{ model }}' as model_name from {{ ref('member_loyalty', model) }}
{%- endfor %}
