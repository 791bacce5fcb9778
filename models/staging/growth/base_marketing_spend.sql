{%- set daily_rates = ref('base_daily_rates') -%}
{%- set newest_rates = ref('base_newest_rates') -%}
{%- set lookups %}
        left join {{ daily_rates }} as daily_rates
            on parsed.currency = daily_rates.currency
            and parsed.spend_date = daily_rates.rate_date
        left join {{ newest_rates }} as newest_rates
            on parsed.currency = newest_rates.currency
            and parsed.spend_date >= newest_rates.rate_date
{%- endset -%}

{{ member_loyalty.base_rows(
    'marketing_spend',
    lookups=lookups,
    lookup_columns=[member_loyalty.rate_in_force('parsed.currency') ~ ' as exchange_rate'],
    late_checks=[('missing_exchange_rate', 'currency', 'exchange_rate is null')],
) }}

select
    {{ member_loyalty.base_columns('marketing_spend') }},
    exchange_rate
from judged
