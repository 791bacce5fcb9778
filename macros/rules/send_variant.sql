{% macro send_variant(variant) -%}
    {#- The variant of a campaign send in lower case; a send that names none is the treatment.
        Spec §1, campaign_sends. Args: SQL expression, trimmed text or null. -#}
    {{ return(adapter.dispatch('send_variant', 'member_loyalty')(variant)) }}
{%- endmacro %}

{% macro default__send_variant(variant) -%}
    coalesce(lower({{ variant }}), 'treatment')
{%- endmacro %}
