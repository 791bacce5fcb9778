{% macro parse_cells(columns) -%}
    {#- Contract columns of a raw table, each parsed by its type (spec §1, cells) and followed by a
        comma; null where the cell is empty or defective. Args: columns - from raw_contract. -#}
    {%- for column in columns %}
        {{ member_loyalty.parse_cell(adapter.quote('raw_' ~ column.name), column.type) }}
            as {{ column.name }},
    {%- endfor %}
{%- endmacro %}


{% macro parse_cell(cell, type) -%}
    {#- One text cell parsed. Types: id, text, status, event_type, currency, timestamp, date,
        amount, count, rate. -#}
    {%- set text = member_loyalty.trimmed(cell) -%}
    {%- if type == 'id' -%} {{ cell }}
    {%- elif type == 'text' -%} {{ text }}
    {%- elif type in ('status', 'event_type') -%} lower({{ text }})
    {%- elif type == 'currency' -%} upper({{ text }})
    {%- elif type == 'timestamp' -%} {{ member_loyalty.parse_timestamp(text) }}
    {%- elif type == 'date' -%} cast({{ member_loyalty.parse_timestamp(text) }} as date)
    {%- elif type == 'amount' -%} {{ member_loyalty.parse_number(text, 10, 6) }}
    {%- elif type == 'rate' -%} {{ member_loyalty.parse_number(text, 6, 12, nonzero=true) }}
    {%- elif type == 'count' -%} {{ member_loyalty.parse_number(text, 10, 6, whole=true) }}
    {%- endif -%}
{%- endmacro %}


{% macro parse_number(text, digits, places, whole=false, nonzero=false) -%}
    {#- A number cell (spec §1): sign, digits, an optional point; at most `digits` digits before it
        (zeros in front do not count) and at most `places` after it as written; null where it is not
        one.
        Args: whole - a fraction is no number; nonzero - 0 is no number. -#}
    {%- set sign = '[+-]?' -%}
    {%- set integer = '0*\\d{1,' ~ digits ~ '}' -%}
    {%- set digit = '0' if whole else '\\d' -%}
    {%- set fraction = digit ~ '{0,' ~ places ~ '}' -%}
    {%- set some_fraction = digit ~ '{1,' ~ places ~ '}' -%}
    case
        when {{ member_loyalty.full_match(
            text, sign ~ '(?:' ~ integer ~ '(?:\\.' ~ fraction ~ ')?|0*\\.' ~ some_fraction ~ ')'
        ) }}
        {%- if nonzero %}
            and not {{ member_loyalty.full_match(text, '[+-]?[0.]*') }}
        {%- endif %}
            then {{ member_loyalty.to_decimal(text, digits + places, places) }}
    end
{%- endmacro %}
