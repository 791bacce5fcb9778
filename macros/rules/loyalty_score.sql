{% macro loyalty_traits() %}
    {#- The measures whose scores loyalty is made of: loyal members buy often, refer others, spend
        much per order, buy without promotion. Spec §3, loyalty. -#}
    {{ return(['frequency', 'referral', 'average_order_value', 'full_price']) }}
{% endmacro %}


{% macro loyalty_score(weights) -%}
    {#- Sum of weight x score over the traits. Spec §3, loyalty. Reads <trait>_score.
        Args: weights - alias of the row of int_loyalty_weights in force. -#}
    {{ return(adapter.dispatch('loyalty_score', 'member_loyalty')(weights)) }}
{%- endmacro %}

{% macro default__loyalty_score(weights) -%}
    cast(
        {%- for trait in member_loyalty.loyalty_traits() %}
        {{ '+ ' if not loop.first }}{{ weights }}.{{ trait }}_weight * {{ trait }}_score
        {%- endfor %}
        as decimal(18, 4)
    )
{%- endmacro %}
