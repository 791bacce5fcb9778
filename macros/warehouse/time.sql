{% macro parse_timestamp(text) -%}
    {#- A timestamp cell (trimmed text) as local time in business_timezone; null where it is not
        one. Spec §1: `YYYY-MM-DD`, optionally `T` or a blank and `HH:MM[:SS[.f]]`, optionally an
        offset.
        Args: text - SQL expression. Engine: how text is cast and zones are shifted. -#}
    {{ return(adapter.dispatch('parse_timestamp', 'member_loyalty')(text)) }}
{%- endmacro %}

{% macro timestamp_patterns() -%}
    {#- Regular expressions of a timestamp cell: its day, its time and its offset. -#}
    {{ return((
        '(?:[1-9]\\d{3}|0[1-9]\\d{2}|00[1-9]\\d|000[1-9])-\\d{2}-\\d{2}',
        '[T ](?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,9})?)?',
        '(?:Z|[+-](?:[01]\\d|2[0-3])(?::?[0-5]\\d)?)',
    )) }}
{%- endmacro %}

{% macro duckdb__parse_timestamp(text) -%}
    {%- set day, time, offset = member_loyalty.timestamp_patterns() -%}
    {%- set local_part = "regexp_replace(" ~ text ~ ", '(.{16,})" ~ offset ~ "$', '\\1')" -%}
    {%- set shifted -%}
        timezone('{{ var("business_timezone") }}', timezone('UTC',
            try_cast(substr({{ local_part }}, 1, 26) as timestamp)
            - to_minutes({{ member_loyalty.offset_minutes(text, local_part) }})
        ))
    {%- endset -%}
    case
        when regexp_full_match({{ text }}, '{{ day }}(?:{{ time }})?')
            then try_cast(substr({{ text }}, 1, 26) as timestamp)
        when regexp_full_match({{ text }}, '{{ day }}{{ time }}{{ offset }}')
            then {{ member_loyalty.within_years(shifted) }}
    end
{%- endmacro %}

{% macro spark__parse_timestamp(text) -%}
    {#- The session's time zone is UTC (check_session), so that a timestamp is a local time. -#}
    {%- set day, time, offset = member_loyalty.timestamp_patterns() -%}
    {%- set local_part = "regexp_replace(" ~ text ~ ", '(.{16,})"
        ~ offset | replace('\\', '\\\\') ~ "$', '$1')" -%}
    {%- set shifted -%}
        from_utc_timestamp(
            try_cast(substr({{ local_part }}, 1, 26) as timestamp)
            - make_dt_interval(0, 0, {{ member_loyalty.offset_minutes(text, local_part) }}),
            '{{ var("business_timezone") }}'
        )
    {%- endset -%}
    case
        when {{ member_loyalty.full_match(text, day ~ '(?:' ~ time ~ ')?') }}
            then try_cast(substr({{ text }}, 1, 26) as timestamp)
        when {{ member_loyalty.full_match(text, day ~ time ~ offset) }}
            then {{ member_loyalty.within_years(shifted) }}
    end
{%- endmacro %}

{% macro within_years(timestamp) -%}
    {#- A timestamp that an offset has not moved out of the years 1 to 9999; null otherwise. -#}
    case when year({{ timestamp }}) between 1 and 9999 then {{ timestamp }} end
{%- endmacro %}

{% macro offset_minutes(text, local_part) -%}
    {#- Minutes of a valid offset at the end of text; `Z` is 0. -#}
    {%- set offset = "substr(" ~ text ~ ", length(" ~ local_part ~ ") + 1)" -%}
    {%- set tail = "replace(replace(" ~ offset ~ ", ':', ''), 'Z', '+00')" -%}
    (case when substr({{ tail }}, 1, 1) = '-' then -1 else 1 end)
    * (60 * cast(substr({{ tail }}, 2, 2) as integer)
        + cast(substr(concat({{ tail }}, '00'), 4, 2) as integer))
{%- endmacro %}


{% macro days_between(from_date, to_date) -%}
    {#- Whole days from one date to another (bigint); negative where to_date is earlier. -#}
    {{ return(adapter.dispatch('days_between', 'member_loyalty')(from_date, to_date)) }}
{%- endmacro %}

{% macro duckdb__days_between(from_date, to_date) -%}
    date_diff('day', {{ from_date }}, {{ to_date }})
{%- endmacro %}

{% macro spark__days_between(from_date, to_date) -%}
    cast(datediff({{ to_date }}, {{ from_date }}) as bigint)
{%- endmacro %}


{% macro unnest_integers(first, last) -%}
    {#- In a select list: one row for each integer from first to last, none where last < first. -#}
    {{ return(adapter.dispatch('unnest_integers', 'member_loyalty')(first, last)) }}
{%- endmacro %}

{% macro duckdb__unnest_integers(first, last) -%}
    unnest(range({{ first }}, {{ last }} + 1))
{%- endmacro %}

{% macro spark__unnest_integers(first, last) -%}
    {#- Spark's sequence would count down where last < first. -#}
    explode(case
        when {{ last }} >= {{ first }}
            then sequence(cast({{ first }} as bigint), cast({{ last }} as bigint))
    end)
{%- endmacro %}


{% macro month_number(date) -%}
    {#- A number that counts calendar months, so that their difference is months. -#}
    {{ return(adapter.dispatch('month_number', 'member_loyalty')(date)) }}
{%- endmacro %}

{% macro duckdb__month_number(date) -%}
    (12 * year({{ date }}) + month({{ date }}))
{%- endmacro %}

{% macro spark__month_number(date) -%}
    (12 * year({{ date }}) + month({{ date }}))
{%- endmacro %}
