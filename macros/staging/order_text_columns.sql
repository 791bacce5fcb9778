{% macro order_text_columns() %}
    {#- Text columns of a staged order that it can be scored by (var score_partitions): the
        contract's platform and promotion_code, and columns of the raw orders that the contract does
        not name. -#}
    {%- set named = ['platform', 'promotion_code', 'status', 'currency'] -%}
    {%- set further = member_loyalty.checked_var('score_partitions') | reject('in', named) -%}
    {{ return(['platform', 'promotion_code'] + (further | list)) }}
{% endmacro %}
