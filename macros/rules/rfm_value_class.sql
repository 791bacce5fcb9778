{% macro rfm_value_class(r_half, f_half, m_half, is_active) -%}
    {#- The value class of a member from the halves of recency (recent = upper), frequency and
        monetary value; none for the inactive. Spec §3, RFM.
        Args: SQL expressions, halves 1 or 0. -#}
    {{ return(adapter.dispatch('rfm_value_class', 'member_loyalty')(
        r_half, f_half, m_half, is_active
    )) }}
{%- endmacro %}

{% macro default__rfm_value_class(r_half, f_half, m_half, is_active) -%}
    case
        when not ({{ is_active }}) then 'none'
        {%- for halves, value_class in [
            ('111', 'important_value'), ('101', 'important_develop'),
            ('011', 'important_keep'), ('001', 'important_winback'),
            ('110', 'general_value'), ('100', 'general_develop'),
            ('010', 'general_keep'), ('000', 'general_winback'),
        ] %}
        when {{ r_half }} = {{ halves[0] }}
            and {{ f_half }} = {{ halves[1] }}
            and {{ m_half }} = {{ halves[2] }}
            then '{{ value_class }}'
        {%- endfor %}
    end
{%- endmacro %}
