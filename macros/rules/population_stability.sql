{% macro stability_part(before, all_before, after, all_after, labels) -%}
    {#-
        What one label adds to the population stability index: (a - b) × ln(a / b), where b and a
        are its shares of the members before and after. Half a member is added to each label, so
        that one that comes or goes has a finite part. A decimal of 12 places, so that the sum does
        not depend on its order. Source: Siddiqi, Credit Risk Scorecards (2006).
        Args: before, after - members with the label; all_before, all_after - all members; labels -
        how many labels there are (SQL expressions).
    -#}
    {{ return(adapter.dispatch('stability_part', 'member_loyalty')(
        before, all_before, after, all_after, labels
    )) }}
{%- endmacro %}

{% macro default__stability_part(before, all_before, after, all_after, labels) -%}
    {%- set shares = [] -%}
    {%- for members, total in [(before, all_before), (after, all_after)] -%}
        {%- do shares.append(member_loyalty.double_ratio(
            member_loyalty.double_of('2 * ' ~ members ~ ' + 1'),
            member_loyalty.double_of('2 * ' ~ total ~ ' + ' ~ labels)
        )) -%}
    {%- endfor -%}
    {%- set ratio = member_loyalty.double_ratio(shares[1], shares[0]) -%}
    cast(round(
        ({{ shares[1] }} - {{ shares[0] }}) * {{ member_loyalty.natural_logarithm(ratio) }}, 12
    ) as decimal(18, 12))
{%- endmacro %}
