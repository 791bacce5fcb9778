{% macro as_text(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}


{% macro trimmed(text) -%}
    {#- Text without leading and trailing blanks (U+0020 only). -#}
    trim(both ' ' from {{ text }})
{%- endmacro %}


{% macro full_match(text, pattern) -%}
    {#- True where the whole text matches the regular expression (ASCII classes only). -#}
    {{ return(adapter.dispatch('full_match', 'member_loyalty')(text, pattern)) }}
{%- endmacro %}

{% macro duckdb__full_match(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}


{% macro json_string(text) -%}
    {#- Text as a JSON string with its quotes; null stays null. -#}
    {{ return(adapter.dispatch('json_string', 'member_loyalty')(text)) }}
{%- endmacro %}

{% macro duckdb__json_string(text) -%}
    cast(to_json({{ text }}) as varchar)
{%- endmacro %}


{% macro text_literal(text) -%}
    {#- A text as an SQL literal. Args: text - no SQL. -#}
    cast({{ dbt.string_literal(dbt.escape_single_quotes(text)) }} as {{ dbt.type_string() }})
{%- endmacro %}
