{% macro row_hash(values) -%}
    {#- A whole number that stands for some values in order, null among them; equal values, equal
        number; different values collide in one of 2^63 pairs. Args: values - SQL expressions. -#}
    {{ return(adapter.dispatch('row_hash', 'member_loyalty')(values)) }}
{%- endmacro %}

{% macro default__row_hash(values) -%}
    {{ member_loyalty.hash_of(values | join(', ')) }}
{%- endmacro %}

{% macro spark__row_hash(values) -%}
    {#- Spark's hash passes nulls over, so that each value says whether it is one. -#}
    {%- set parts = [] -%}
    {%- for value in values -%}
        {%- do parts.append(value ~ ', (' ~ value ~ ') is null') -%}
    {%- endfor -%}
    {{ member_loyalty.hash_of(parts | join(', ')) }}
{%- endmacro %}


{% macro hash_of(values) -%}
    {#- A hash of some values, 0 to 2^63 - 1. Args: values - SQL, a list with commas. -#}
    {{ return(adapter.dispatch('hash_of', 'member_loyalty')(values)) }}
{%- endmacro %}

{% macro duckdb__hash_of(values) -%}
    cast(hash({{ values }}) >> 1 as bigint)
{%- endmacro %}

{% macro spark__hash_of(values) -%}
    shiftrightunsigned(xxhash64({{ values }}), 1)
{%- endmacro %}


{% macro fingerprint(hash) -%}
    {#- Aggregate of row_hash over rows, whatever their order; equal sets, equal fingerprint. -#}
    {{ return(adapter.dispatch('fingerprint', 'member_loyalty')(hash)) }}
{%- endmacro %}

{% macro default__fingerprint(hash) -%}
    cast(sum({{ hash }}) as decimal(38, 0))
{%- endmacro %}

{% macro spark__fingerprint(hash) -%}
    {#- A sum of 64-bit numbers would pass the end of their range. -#}
    sum(cast({{ hash }} as decimal(38, 0)))
{%- endmacro %}
