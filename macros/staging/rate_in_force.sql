{% macro rate_in_force(currency) -%}
    {#- The exchange rate of a row (spec §1, money): 1 for the reporting currency, else the newest
        on or before its date from base_daily_rates and base_newest_rates, joined as daily_rates and
        newest_rates; null where there is none.
        Args: currency - SQL expression, empty = reporting. -#}
    case
        when coalesce({{ currency }}, '{{ var("reporting_currency") }}')
            = '{{ var("reporting_currency") }}'
            then cast(1 as decimal(18, 12))
        else coalesce(daily_rates.rate_to_reporting, newest_rates.rate_to_reporting)
    end
{%- endmacro %}


{% macro rates_fingerprint(raw_currency, exchange_rates) -%}
    {#- What the rate of a raw row depends on: the rates, or nothing where its money is the
        reporting currency's. Args: raw_currency - SQL expression; exchange_rates - relation. -#}
    case
        when upper(coalesce({{ member_loyalty.trimmed(raw_currency) }}, ''))
            not in ('', '{{ var("reporting_currency") }}')
            then {{ member_loyalty.table_fingerprint(
                exchange_rates, ['currency', 'rate_date', 'rate_to_reporting']
            ) }}
    end
{%- endmacro %}


{% macro in_reporting_currency(amount, rate) -%}
    {#- An amount of at most 6 places times an exact rate, rounded to 2 places half away from zero
        (spec §1, money). Args: amount below 10^13, rate below 10^6, both SQL expressions. -#}
    case
        -- Own money needs no 128-bit product, which took half the time of staging 10 M orders.
        when {{ rate }} = 1 then cast(round({{ amount }}, 2) as decimal(18, 2))
        else cast(round(cast({{ amount }} as decimal(19, 6)) * {{ rate }}, 2) as decimal(18, 2))
    end
{%- endmacro %}
