{% macro as_text(expression) -%}
    {#- An expression as text, however the engine calls that type. -#}
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

{% macro spark__full_match(text, pattern) -%}
    {#- Spark reads backslashes in a literal as escapes; `$` would let a line end pass. -#}
    {{ text }} rlike '{{ ('\\A(?:' ~ pattern ~ ')\\z') | replace('\\', '\\\\') }}'
{%- endmacro %}


{% macro json_string(text) -%}
    {#- Text as a JSON string with its quotes; null stays null. -#}
    {{ return(adapter.dispatch('json_string', 'member_loyalty')(text)) }}
{%- endmacro %}

{% macro duckdb__json_string(text) -%}
    cast(to_json({{ text }}) as varchar)
{%- endmacro %}

{% macro spark__json_string(text) -%}
    {#- Spark writes arrays only: the string is what stands between the brackets. -#}
    case
        when {{ text }} is not null
            then substr(to_json(array({{ text }})), 2, length(to_json(array({{ text }}))) - 2)
    end
{%- endmacro %}


{% macro quoted(text) -%}
    {#- A text in quotes, as SQL reads it back. Args: text - no SQL. -#}
    {{ return(adapter.dispatch('quoted', 'member_loyalty')(text)) }}
{%- endmacro %}

{% macro default__quoted(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}

{% macro spark__quoted(text) -%}
    {#- Spark reads a backslash as an escape, and two quotes as the end of two texts. -#}
    '{{ text | replace('\\', '\\\\') | replace("'", "\\'") }}'
{%- endmacro %}


{% macro text_literal(text) -%}
    {#- A text as an SQL literal. Args: text - no SQL. -#}
    cast({{ member_loyalty.quoted(text) }} as {{ dbt.type_string() }})
{%- endmacro %}
