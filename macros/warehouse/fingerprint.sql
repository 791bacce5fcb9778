{% macro row_hash(values) -%}
    {#- A whole number that stands for some values in order, null among them; equal values, equal
        number; different values collide in one of 2^63 pairs. Args: values - SQL expressions. -#}
    {{ return(adapter.dispatch('hash_of', 'member_loyalty')(values | join(', '))) }}
{%- endmacro %}

{% macro duckdb__hash_of(values) -%}
    cast(hash({{ values }}) >> 1 as bigint)
{%- endmacro %}


{% macro fingerprint(hash) -%}
    {#- Aggregate of row_hash over rows, whatever their order; equal sets, equal fingerprint. -#}
    cast(sum({{ hash }}) as decimal(38, 0))
{%- endmacro %}
