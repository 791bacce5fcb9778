{% macro text_digest(text) -%}
    {#- The MD5 digest of a text in UTF-8 as 32 hexadecimal digits in lower case: the same on every
        engine, unlike row_hash. Args: SQL expression. -#}
    {{ return(adapter.dispatch('text_digest', 'member_loyalty')(text)) }}
{%- endmacro %}

{% macro duckdb__text_digest(text) -%}
    md5({{ text }})
{%- endmacro %}

{% macro spark__text_digest(text) -%}
    md5({{ text }})
{%- endmacro %}
