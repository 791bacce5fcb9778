{% macro in_words(sentence, nothing) -%}
    {#- A sentence with the values of columns in it, as SQL: `{recency_days} day(s)` becomes
        concat(recency_days, ' day', case when recency_days = 1 then '' else 's' end). Args:
        sentence - text with names of columns in braces, `(s)` after what a column counts;
        nothing - the word for null. -#}
    concat(
    {%- for part in sentence.split('{') %}
    {%- if loop.first %}
        {{ member_loyalty.text_literal(part) }}
    {%- else %}
    {%- set column, text = part.split('}') %},
        coalesce({{ member_loyalty.as_text(column) }}, '{{ nothing }}')
        {%- for words in text.split('(s)') %},
        {%- if not loop.first %}
        case when {{ column }} = 1 then '' else 's' end,
        {%- endif %}
        {{ member_loyalty.text_literal(words) }}
        {%- endfor %}
    {%- endif %}
    {%- endfor %}
    )
{%- endmacro %}


{% macro in_pairs(columns) -%}
    {#- Columns and their values as text, such as `recency_days = 12; r_half = 1`. -#}
    {%- set pairs = [] -%}
    {%- for column in columns -%}
        {%- do pairs.append(column ~ ' = {' ~ column ~ '}') -%}
    {%- endfor -%}
    {{ member_loyalty.in_words(pairs | join('; '), 'null') }}
{%- endmacro %}


{% macro explained_text(measure, value) -%}
    {#- A raw value of a measure, decimal(18,4), in the digits that it is written with. -#}
    {%- if measure in ['recency', 'frequency', 'full_price', 'referral'] -%}
    {{ member_loyalty.as_text('cast(' ~ value ~ ' as integer)') }}
    {%- elif measure == 'loyalty' -%}
    {{ member_loyalty.plain_number(value) }}
    {%- else -%}
    {{ member_loyalty.as_text('cast(' ~ value ~ ' as decimal(18, 2))') }}
    {%- endif -%}
{%- endmacro %}
