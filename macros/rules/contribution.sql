{% macro contribution(net_amount, cost_amount) -%}
    {#- A member's contribution (var contribution_measure): net revenue of the orders in the window,
        or that minus their cost. Spec §3, quadrant. Args: SQL expressions, decimal(18,2). -#}
    {{ return(adapter.dispatch('contribution', 'member_loyalty')(net_amount, cost_amount)) }}
{%- endmacro %}

{% macro default__contribution(net_amount, cost_amount) -%}
    {%- if var('contribution_measure') == 'gross_margin' -%}
    cast({{ net_amount }} - {{ cost_amount }} as decimal(18, 2))
    {%- else -%} {{ net_amount }}
    {%- endif -%}
{%- endmacro %}


{% macro average_order_value(amount, orders) -%}
    {#- Amount per order, rounded exactly to 2 places half away from zero; null without an order.
        Spec §3.
        Args: SQL expressions; orders is a whole number. -#}
    {{ return(adapter.dispatch('average_order_value', 'member_loyalty')(amount, orders)) }}
{%- endmacro %}

{% macro default__average_order_value(amount, orders) -%}
    {{ member_loyalty.exact_ratio(amount, orders, 2, numerator_places=2) }}
{%- endmacro %}
