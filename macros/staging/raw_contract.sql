{% macro raw_source(table) %}
    {#- The node of a raw table in the project's graph, none while dbt only parses. -#}
    {%- if execute -%}
        {{ return(
            graph.sources.values()
            | selectattr('package_name', 'equalto', 'member_loyalty')
            | selectattr('name', 'equalto', table) | first
        ) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}


{% macro raw_contract(table) %}
    {#- The contract of one raw table: its columns in contract order, each with name, type,
        required, key, default and lenient, as models/staging/_sources.yml states them.
        Args: table - name of the source table.
        Returns: list of dicts; empty while dbt only parses. -#}
    {%- set columns = [] -%}
    {%- set source_node = member_loyalty.raw_source(table) -%}
    {%- for column in (source_node.columns.values() if source_node else []) -%}
        {%- set meta = column.config.meta or column.meta -%}
        {%- do columns.append({
            'name': column.name,
            'type': meta.type,
            'required': meta.required or false,
            'key': meta.key or false,
            'default': meta.default,
            'lenient': meta.lenient or false,
        }) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}


{% macro raw_file_columns(table) %}
    {#- Names of the columns that the raw table really has, in file order; the contract's where the
        table cannot be looked at (a unit test's fixture, `dbt compile --no-introspect`). Staging
        has to know them: a column that is missing counts as empty, one that is extra goes to
        raw_row.
        Args: table - name of the source table. -#}
    {%- set contract = member_loyalty.raw_contract(table) | map(attribute='name') | list -%}
    {%- if not execute or not var('using_' ~ table, true) or not flags.INTROSPECT -%}
        {{ return(contract) }}
    {%- endif -%}
    {#- A model asks a dozen times and is told once: each look takes 10 ms. -#}
    {%- if 'columns_of_' ~ table not in model -%}
        {%- set found = adapter.get_columns_in_relation(source('raw', table)) -%}
        {%- do model.update({
            'columns_of_' ~ table: (found | map(attribute='name') | list) or contract
        }) -%}
    {%- endif -%}
    {{ return(model['columns_of_' ~ table]) }}
{% endmacro %}


{% macro extra_columns(table) %}
    {#- Columns of the raw table that its contract does not name, lower case, in file order. -#}
    {%- set contract = member_loyalty.raw_contract(table) | map(attribute='name') | list -%}
    {{ return(
        member_loyalty.raw_file_columns(table) | map('lower') | reject('in', contract) | list
    ) }}
{% endmacro %}


{% macro raw_rows(table, rows=none) -%}
    {#- Every row of a raw table with each contract column as a text cell `raw_<column>`, null where
        the cell is blank or the column is missing, and every further column of the file likewise.
        A table switched off by its using_ var gives the same columns and no row.
        Args: table - name of the source table; rows - a relation with some of its rows. -#}
    {%- set found = {} -%}
    {%- for column in member_loyalty.raw_file_columns(table) -%}
        {%- do found.update({column | lower: column}) -%}
    {%- endfor -%}
    {%- set contract = member_loyalty.raw_contract(table) | map(attribute='name') | list -%}
    select
    {%- for name in contract + member_loyalty.extra_columns(table) %}
        {% if name in found and var('using_' ~ table, true) -%}
            {{ member_loyalty.raw_cell(adapter.quote(found[name])) }}
        {%- else -%}
            {{ member_loyalty.as_text('null') }}
        {%- endif %} as {{ adapter.quote('raw_' ~ name) }},
    {%- endfor %}
        {{ member_loyalty.cells_hash(table) }} as cells_hash,
        {{ member_loyalty.key_hash(table) }} as key_hash
    from {{ rows or member_loyalty.raw_input(table) }} as source_rows
{%- endmacro %}


{% macro raw_input(table) -%}
    {#- What a raw table is read from: an empty relation where its using_ var switches it off.
        Args: table - name of the source table. -#}
    {%- if var('using_' ~ table, true) -%}
    {{ source('raw', table) }}
    {%- else -%}
    (select nothing from (select 1 as nothing) as one_row where false)
    {%- endif -%}
{%- endmacro %}


{% macro cells_hash(table) -%}
    {#- The hash of a raw row as it stands. Trimming the cells first took four times as long. -#}
    {%- set cells = [] -%}
    {%- for column in member_loyalty.raw_file_columns(table) -%}
        {%- do cells.append(member_loyalty.as_text(adapter.quote(column))) -%}
    {%- endfor -%}
    {{ member_loyalty.row_hash(cells) if cells and var('using_' ~ table, true) else 0 }}
{%- endmacro %}


{% macro key_hash(table) -%}
    {#- The hash of the ids in a raw row's key: equal for rows of one key, which is all that is
        asked of it. An id is hashed as it stands; a blank one is no key, and its rows do not
        compete. -#}
    {%- set keys = member_loyalty.raw_contract(table) | selectattr('key')
        | selectattr('type', 'equalto', 'id') | map(attribute='name') | list -%}
    {%- set ids = [] -%}
    {%- for column in member_loyalty.raw_file_columns(table)
        if column | lower in keys and var('using_' ~ table, true) -%}
        {%- do ids.append(member_loyalty.as_text(adapter.quote(column))) -%}
    {%- endfor -%}
    {{ member_loyalty.row_hash(ids) if ids else 0 }}
{%- endmacro %}


{% macro raw_cell(column) -%}
    {#- A cell as text, null where nothing but blanks stands in it. -#}
    case
        when {{ member_loyalty.trimmed(member_loyalty.as_text(column)) }} <> ''
            then {{ member_loyalty.as_text(column) }}
    end
{%- endmacro %}
