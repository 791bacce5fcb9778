{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas are named after the layer alone (staging, intermediate, marts, seeds), so that a BI
        tool finds `marts.fct_orders` in every environment; environments differ by database. -#}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
