{% macro person_id(member_id, visitor_id) -%}
    {#- A person is a member, or an anonymous visitor that is no member. Spec §2.
        Args: SQL expressions; member_id null = a visitor. -#}
    {{ return(adapter.dispatch('person_id', 'member_loyalty')(member_id, visitor_id)) }}
{%- endmacro %}

{% macro default__person_id(member_id, visitor_id) -%}
    case
        when {{ member_id }} is not null then concat('member:', {{ member_id }})
        else concat('visitor:', {{ visitor_id }})
    end
{%- endmacro %}


{% macro member_of_person(person_id) -%}
    {#- The member that a person_id stands for; null for a visitor. Args: SQL expression. -#}
    case when substr({{ person_id }}, 1, 7) = 'member:' then substr({{ person_id }}, 8) end
{%- endmacro %}


{% macro is_interest(event_type) -%}
    {#- True for a touch that shows interest. Spec §4, AIPL. Args: SQL expression. -#}
    {{ return(adapter.dispatch('is_interest', 'member_loyalty')(event_type)) }}
{%- endmacro %}

{% macro default__is_interest(event_type) -%}
    {{ event_type }} in ('page_view', 'add_to_cart', 'favourite', 'store_visit')
{%- endmacro %}


{% macro is_activity(event_type) -%}
    {#- True for an event that makes a member active: all but an impression. Spec §5, activation.
        Args: SQL expression. -#}
    {{ return(adapter.dispatch('is_activity', 'member_loyalty')(event_type)) }}
{%- endmacro %}

{% macro default__is_activity(event_type) -%}
    {{ event_type }} <> 'impression'
{%- endmacro %}
