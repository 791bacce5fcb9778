{% macro fact_of_order(input) -%}
    {#- The kind of a fact of an order: `other_` where the order names no member or is not
        successful, so that it is a fact of fct_orders alone. Reads order_status, member_id.
        Args: input - orders or refunds. -#}
    case
        when order_status = 'successful' and member_id is not null then '{{ input }}'
        else 'other_{{ input }}'
    end
{%- endmacro %}
