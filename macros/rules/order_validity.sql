{% macro is_void(refunded_amount, net_amount) -%}
    {#- An order is void once its refunds are above 0 and reach its net before refund, both in the
        order's own currency. Spec §2. Args: SQL expressions. -#}
    {{ return(adapter.dispatch('is_void', 'member_loyalty')(refunded_amount, net_amount)) }}
{%- endmacro %}

{% macro default__is_void(refunded_amount, net_amount) -%}
    ({{ refunded_amount }} > 0 and {{ refunded_amount }} >= {{ net_amount }})
{%- endmacro %}


{% macro invalid_reason(as_of_date) -%}
    {#- Why an order does not count at as_of_date, the first that applies; null for a valid order.
        Spec §2. Reads order_status, ordered_on, member_id, is_member_order, void_on. -#}
    {{ return(adapter.dispatch('invalid_reason', 'member_loyalty')(as_of_date)) }}
{%- endmacro %}

{% macro default__invalid_reason(as_of_date) -%}
    case
        when order_status = 'pending' then 'pending'
        when order_status = 'cancelled' then 'cancelled'
        when (ordered_on <= {{ as_of_date }}) is not true then 'after_as_of_date'
        when member_id is null then 'guest'
        when not is_member_order then 'unknown_member'
        when void_on <= {{ as_of_date }} then 'void'
    end
{%- endmacro %}


{% macro can_be_valid() -%}
    {#- True for an order that is valid on some date: successful, of a member, and not void on the
        day of the order already. It is valid from ordered_on until the day before void_on.
        Spec §2. -#}
    {{ return(adapter.dispatch('can_be_valid', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__can_be_valid() -%}
    order_status = 'successful' and is_member_order and (void_on is null or void_on > ordered_on)
{%- endmacro %}


{% macro capped_refund(running_amount, refund_amount, net_amount) -%}
    {#- What a refund takes from an order whose refunds together take no more than its net. Spec §2,
        §5. Args: SQL expressions; running_amount - refunds up to and with this one. -#}
    cast(
        least({{ running_amount }}, {{ net_amount }})
        - least({{ running_amount }} - {{ refund_amount }}, {{ net_amount }})
        as decimal(18, 2)
    )
{%- endmacro %}


{% macro is_full_price() -%}
    {#- True for an order without discount and without promotion code, in its own currency. Spec §2.
        Reads discount_amount, promotion_code. -#}
    {{ return(adapter.dispatch('is_full_price', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__is_full_price() -%}
    discount_amount = 0 and promotion_code is null
{%- endmacro %}
