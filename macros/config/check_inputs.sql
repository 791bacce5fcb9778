{% macro check_inputs() %}
    {#-
        Stops the build before the first model when the raw tables do not fit the vars: a table of
        a switched-on source is missing, a score partition is no column of the orders, or
        as_of_date is before the first order. One line a fault. Nothing is asked while parsing.
    -#}
    {%- if execute and flags.WHICH != 'seed' -%}
        {%- set problems = member_loyalty.missing_table_problems() -%}
        {%- if not problems -%}
            {%- do problems.extend(member_loyalty.score_partition_problems()) -%}
            {%- do problems.extend(member_loyalty.as_of_date_problems()) -%}
        {%- endif -%}
        {%- if problems -%}
            {{ exceptions.raise_compiler_error(problems | join('\n')) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro raw_relation(table) %}
    {#- The raw table in the warehouse; none when it is not there. -#}
    {%- set node = member_loyalty.raw_source(table) -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.identifier)) }}
{% endmacro %}


{% macro missing_table_problems() %}
    {#- A message for each raw table that is switched on and not there; orders alone come first. -#}
    {%- if not member_loyalty.raw_relation('orders') -%}
        {{ return([
            'raw table ' ~ member_loyalty.raw_source('orders').relation_name ~ ' is missing; load'
            ~ ' the raw data (scripts/load_raw.py), or say where it is by the vars raw_database,'
            ~ ' raw_schema and raw_orders_identifier'
        ]) }}
    {%- endif -%}
    {%- set problems = [] -%}
    {%- for table in member_loyalty.raw_tables()
        if table != 'orders' and var('using_' ~ table)
        and not member_loyalty.raw_relation(table) -%}
        {%- do problems.append(
            'raw table ' ~ member_loyalty.raw_source(table).relation_name ~ ' is missing; set var'
            ~ ' raw_' ~ table ~ '_identifier (' ~ var('raw_' ~ table ~ '_identifier') ~ ') to the'
            ~ ' name it has, or using_' ~ table ~ ' to false'
        ) -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}


{% macro score_partition_problems() %}
    {#- A message for each score partition that is no text column of the raw orders. -#}
    {%- set contract = member_loyalty.raw_contract('orders') -%}
    {%- set names = contract | map(attribute='name') | list -%}
    {%- set legal = contract | selectattr('type', 'equalto', 'text') | map(attribute='name')
        | list -%}
    {%- set taken = names + member_loyalty.columns_of_orders() -%}
    {%- for column in adapter.get_columns_in_relation(member_loyalty.raw_relation('orders'))
        if column.name | lower not in taken -%}
        {%- do legal.append(column.name | lower) -%}
    {%- endfor -%}
    {%- set problems = [] -%}
    {%- for name in var('score_partitions') if name not in legal -%}
        {%- do problems.append(
            'var score_partitions names ' ~ name ~ ', which is no text column of the raw orders, in'
            ~ ' lower case and under a name that this project does not use itself; legal: '
            ~ legal | join(', ')
        ) -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}


{% macro columns_of_orders() %}
    {#- Names of all described columns of the models that orders pass through: no column of the raw
        orders can go along under one of them. -#}
    {%- set names = [] -%}
    {%- for node in graph.nodes.values() if node.name in [
        'base_orders', 'stg_orders', 'int_order_states', 'int_orders', 'int_member_orders',
        'int_order_partitions', 'fct_orders',
    ] -%}
        {%- do names.extend(node.columns | map('lower')) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{% macro as_of_date_problems() %}
    {#- A message when as_of_date is set and every raw order is later. -#}
    {%- set cell = member_loyalty.trimmed(member_loyalty.as_text('ordered_at')) -%}
    {%- set orders -%}
        select cast({{ member_loyalty.parse_timestamp(cell) }} as date) as ordered_on
        from {{ member_loyalty.raw_relation('orders') }}
    {%- endset -%}
    {%- set columns = adapter.get_columns_in_relation(member_loyalty.raw_relation('orders')) -%}
    {%- if not var('as_of_date')
        or 'ordered_at' not in columns | map(attribute='name') | map('lower') -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set known = run_query(
        'select 1 from (' ~ orders ~ ') as orders'
        ~ " where ordered_on <= date '" ~ var('as_of_date') ~ "' limit 1"
    ) -%}
    {%- set first = none if known.rows | length else run_query(
        'select min(ordered_on) from (' ~ orders ~ ') as orders'
    ).rows[0][0] -%}
    {{ return([] if first is none else [
        'var as_of_date is "' ~ var('as_of_date') ~ '"; legal: a date not before the first order ('
        ~ first ~ '), or empty'
    ]) }}
{% endmacro %}
