{% macro base_rows(
    table, erased_by=[], lookups='', lookup_columns=[], early_lookups='', early_columns=[],
    context=[], checks=[], late_checks=[]
) -%}
    {#- The CTEs from a raw table to `judged`: each raw row once, its cells parsed, and the first
        reason for which it is rejected (spec §1, "Nothing is lost"). In an incremental run only
        rows of keys of which some row has changed, been added or vanished.

        Args:
            table: name of the source table.
            erased_by: (column, relation, key): a row whose column is in relation.key is erased.
            lookups: SQL joins onto `parsed` that checks use; lookup_columns: what they add.
            early_lookups, early_columns: the same onto `raw_rows`, by raw cells: what a row looks
                up for itself, and is read again when that changes.
            context: SQL expressions for what else the judgement of a row depends on.
            checks: (reason, column, condition) judged after the cells, before duplicates.
            late_checks: the same, judged after duplicates. -#}
    {%- set defects = member_loyalty.cell_defects(member_loyalty.raw_contract(table)) + checks -%}
    {%- set early = [erased_by, early_lookups, early_columns] -%}
    with {% if is_incremental() -%}
    {{ member_loyalty.keyed_rows(table, 'any_', none, *early) }},

    {{ member_loyalty.changed_keys(table, early_columns, context) }},

    {{ member_loyalty.rows_of_changed_keys(table) }},

    {% endif -%}
    {{ member_loyalty.keyed_rows(
        table, '', 'due_source_rows' if is_incremental() else none, *early
    ) }},

    {{ member_loyalty.flagged_rows(table, early_columns, context) }},

    {{ member_loyalty.parsed_rows(table, lookups, lookup_columns) }},
    {{ member_loyalty.checked_rows(defects) }},

    {{ member_loyalty.ranked_rows(table) }},
    {{ member_loyalty.judged_rows(late_checks) }}
{%- endmacro %}


{% macro keyed_rows(table, prefix, rows, erased_by, early_lookups, early_columns) -%}
    {#- CTEs that end in `<prefix>keyed`: the raw rows with their key parsed, whether they are
        erased and what they look up for themselves. Rows of one key have one key_hash.
        Args: prefix - of the names; rows - a relation with some of the raw rows, none = all;
        otherwise as base_rows. -#}
    {%- set contract = member_loyalty.raw_contract(table) | selectattr('key') | list -%}
    {{ prefix }}marked as {{ member_loyalty.inlined() }} (
        select
            raw_rows.*,
            {%- for column in early_columns %}
            {{ column }},
            {%- endfor %}
            {% for column, relation, key in erased_by -%}
            erased_{{ column }}.{{ key }} is not null or {% endfor -%}
            false as is_erased
        from ({{ member_loyalty.raw_rows(table, rows) | indent(8) }}) as raw_rows
        {%- for column, relation, key in erased_by %}
        left join {{ relation }} as erased_{{ column }}
            on raw_rows.{{ adapter.quote('raw_' ~ column) }} = erased_{{ column }}.{{ key }}
        {%- endfor %}
        {{ early_lookups }}
    ),

    {{ prefix }}keyed as {{ member_loyalty.inlined() }} (
        select
            {{ member_loyalty.parse_cells(contract) | indent(4) }}
            {{ prefix }}marked.*
        from {{ prefix }}marked
    )
{%- endmacro %}


{% macro flagged_rows(table, early_columns, context) -%}
    {#- CTEs that end in `flagged`: the rows of `keyed` to judge, and whether their key occurs
        again. Args: as base_rows. -#}
    {%- set contract = member_loyalty.raw_contract(table) -%}
    {%- set keys = contract | selectattr('key') | map(attribute='name') | list -%}
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
            {{ member_loyalty.raw_row_hash(table, early_columns, context) if keys else '0' }}
                as row_hash,
            {{ 'repeated_keys.' ~ keys[0] ~ ' is not null' if keys else 'false' }} as is_repeated
        from keyed
        {%- for key in keys %}
        {{ 'left join repeated_keys on' if loop.first else 'and' }}
            keyed.{{ key }} = repeated_keys.{{ key }}
        {%- endfor %}
    )
{%- endmacro %}


{% macro parsed_rows(table, lookups, lookup_columns) -%}
    {#- CTEs that end in `looked_up`: the other cells of `flagged` parsed, and what the checks look
        up. Args: as base_rows. -#}
    {%- set contract = member_loyalty.raw_contract(table) -%}
    parsed as {{ member_loyalty.inlined() }} (
        select
            {{ member_loyalty.parse_cells(contract | rejectattr('key')) | indent(4) }}
            flagged.*
        from flagged
    ),

    looked_up as {{ member_loyalty.inlined() }} (
        select
            {%- for column in lookup_columns %}
            {{ column }},
            {%- endfor %}
            parsed.*
        from parsed
        {{ lookups }}
    )
{%- endmacro %}


{% macro table_fingerprint(relation, columns) -%}
    {#- A scalar query: the fingerprint of all rows of a relation. Args: relation; columns - list of
        names. -#}
    (
        select {{ member_loyalty.fingerprint(member_loyalty.row_hash(columns)) }}
        from {{ relation }}
    )
{%- endmacro %}
