{% macro all_partitions() -%}
    {#- Name of the partition in which all orders are scored together. Spec §3. -#}
    {{ member_loyalty.as_text("'all'") }}
{%- endmacro %}


{% macro partition_of(column) -%}
    {#- Name of the partition of an order within a text column: `platform=web`; empty = unknown.
        Spec §3.
        Args: column - a column named by var score_partitions. -#}
    concat('{{ column }}=', coalesce({{ column }}, 'unknown'))
{%- endmacro %}
