{% macro control_order(campaign, member_id) -%}
    {#- What members are put in order by before the first of them become the control group: a digest
        of member and campaign, so that each campaign has another order, and always the same.
        Args: SQL expressions, text. -#}
    {{ return(adapter.dispatch('control_order', 'member_loyalty')(campaign, member_id)) }}
{%- endmacro %}

{% macro default__control_order(campaign, member_id) -%}
    {{ member_loyalty.text_digest("concat(" ~ campaign ~ ", '/', " ~ member_id ~ ")") }}
{%- endmacro %}


{% macro is_control(rank, members, holdout_share) -%}
    {#- True for the first of so many members in control_order: holdout_share of them, rounded half
        up. Args: SQL expressions; rank from 1, holdout_share a decimal. -#}
    {{ return(adapter.dispatch('is_control', 'member_loyalty')(rank, members, holdout_share)) }}
{%- endmacro %}

{% macro default__is_control(rank, members, holdout_share) -%}
    2 * {{ rank }} - 1 <= 2 * {{ holdout_share }} * {{ members }}
{%- endmacro %}
