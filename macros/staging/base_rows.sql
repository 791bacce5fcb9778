{% macro base_rows(
    table, erased_by=[], lookups='', lookup_columns=[], checks=[], late_checks=[]
) -%}
    {#- The CTEs from a raw table to `judged`: each raw row once, its cells parsed, and the first
        reason for which it is rejected (spec §1, "Nothing is lost").

        Args:
            table: name of the source table.
            erased_by: (column, relation, key): a row whose column is in relation.key is erased.
            lookups: SQL joins onto `parsed` that checks use; lookup_columns: what they add.
            checks: (reason, column, condition) judged after the cells, before duplicates.
            late_checks: the same, judged after duplicates. -#}
    {%- set defects = member_loyalty.cell_defects(member_loyalty.raw_contract(table)) + checks -%}
    with {{ member_loyalty.flagged_rows(table) }},

    {{ member_loyalty.parsed_rows(table, erased_by, lookups, lookup_columns) }},

    {{ member_loyalty.checked_rows(defects) }},

    {{ member_loyalty.ranked_rows(table) }},

    {{ member_loyalty.judged_rows(late_checks) }}
{%- endmacro %}


{% macro flagged_rows(table) -%}
    {#- CTEs that end in `flagged`: the raw rows with their key parsed, and whether the key occurs
        again. -#}
    {%- set contract = member_loyalty.raw_contract(table) -%}
    {%- set keys = contract | selectattr('key') | map(attribute='name') | list -%}
    raw_rows as {{ member_loyalty.inlined() }} (
        {{ member_loyalty.raw_rows(table) | indent(4) }}
    ),

    keyed as {{ member_loyalty.inlined() }} (
        select
            {{ member_loyalty.parse_cells(contract | selectattr('key')) | indent(4) }}
            raw_rows.*
        from raw_rows
    ),

    {% if keys -%}
    repeated_keys as (
        select {{ keys | join(', ') }}
        from keyed
        group by {{ keys | join(', ') }}
        having count(*) > 1
    ),
    {%- endif %}

    flagged as {{ member_loyalty.inlined() }} (
        select
            keyed.*,
            {{ 'repeated_keys.' ~ keys[0] ~ ' is not null' if keys else 'false' }} as is_repeated
        from keyed
        {%- for key in keys %}
        {{ 'left join repeated_keys on' if loop.first else 'and' }}
            keyed.{{ key }} = repeated_keys.{{ key }}
        {%- endfor %}
    )
{%- endmacro %}


{% macro parsed_rows(table, erased_by, lookups, lookup_columns) -%}
    {#- CTEs that end in `looked_up`: the other cells of `flagged` parsed, what the checks look up,
        and whether the row is erased. Args: as base_rows. -#}
    {%- set contract = member_loyalty.raw_contract(table) -%}
    parsed as {{ member_loyalty.inlined() }} (
        select
            {{ member_loyalty.parse_cells(contract | rejectattr('key')) | indent(4) }}
            flagged.*
        from flagged
    ),

    looked_up as {{ member_loyalty.inlined() }} (
        select
            parsed.*,
            {%- for column in lookup_columns %}
            {{ column }},
            {%- endfor %}
            {% for column, relation, key in erased_by -%}
            erased_{{ column }}.{{ key }} is not null or {% endfor -%}
            false as is_erased
        from parsed
        {%- for column, relation, key in erased_by %}
        left join {{ relation }} as erased_{{ column }}
            on parsed.{{ adapter.quote('raw_' ~ column) }} = erased_{{ column }}.{{ key }}
        {%- endfor %}
        {{ lookups }}
    )
{%- endmacro %}
