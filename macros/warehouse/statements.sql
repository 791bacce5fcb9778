{% macro one_by_one(statements) -%}
    {#- Several statements where dbt takes one. Args: statements - list of SQL. -#}
    {{ return(adapter.dispatch('one_by_one', 'member_loyalty')(statements)) }}
{%- endmacro %}

{% macro default__one_by_one(statements) -%}
    {{ statements | join(';\n') }}
{%- endmacro %}

{% macro spark__one_by_one(statements) -%}
    {#- Spark takes one statement at a time: all but the last run here. -#}
    {%- for statement in statements[:-1] -%}
        {%- do run_query(statement) -%}
    {%- endfor -%}
    {{ statements | last }}
{%- endmacro %}


{% macro replace_rows(target, columns, gone, put_in, follows_from_itself=false) -%}
    {#- Takes rows out of a table and puts others in, in one transaction where the engine has any.
        Args: target - relation; columns - SQL; gone - conditions, of which one makes a row go;
        put_in - query of the rows to put in; follows_from_itself - whether those follow from rows
        that go, so that half of the work cannot be repeated. -#}
    {{ return(adapter.dispatch('replace_rows', 'member_loyalty')(
        target, columns, gone, put_in, follows_from_itself
    )) }}
{%- endmacro %}

{% macro default__replace_rows(target, columns, gone, put_in, follows_from_itself) -%}
    {%- for condition in gone %}
    delete from {{ target }} where {{ condition }};
    {%- endfor %}
    insert into {{ target }} ({{ columns }})
    {{ put_in }}
{%- endmacro %}

{% macro spark__replace_rows(target, columns, gone, put_in, follows_from_itself) -%}
    {#- Spark commits each statement. A build that dies between two is repeated by the next one as
        one that dies between two models; where it could not be, the table is written whole. -#}
    {%- if follows_from_itself -%}
    insert overwrite {{ target }}
    select {{ columns }} from {{ target }} where (({{ gone | join(') or (') }})) is not true
    union all
    {{ put_in }}
    {%- else -%}
    {{ member_loyalty.one_by_one([
        'delete from ' ~ target ~ ' where (' ~ gone | join(') or (') ~ ')',
        'insert into ' ~ target ~ ' (' ~ columns ~ ') ' ~ put_in,
    ]) }}
    {%- endif -%}
{%- endmacro %}


{% macro check_session() -%}
    {#- Stops a build before any SQL where the engine's session would give other marts. -#}
    {{ return(adapter.dispatch('check_session', 'member_loyalty')()) }}
{%- endmacro %}

{% macro default__check_session() -%}
{%- endmacro %}

{% macro duckdb__check_session() -%}
    {#- DuckDB takes `marts.t` for a table of the database, where one is called like a schema. -#}
    {%- set schemas = (graph.nodes.values() if execute else [])
        | selectattr('database', 'equalto', target.database)
        | map(attribute='schema') | map('lower') | unique | list -%}
    {%- if target.database | lower in schemas + [var('raw_schema') | lower, 'main'] -%}
        {{ exceptions.raise_compiler_error(
            'the warehouse is called ' ~ target.database ~ ', as one of its schemas is: give its'
            ~ ' file another name (DB=… or MEMBER_LOYALTY_DB)'
        ) }}
    {%- endif -%}
{%- endmacro %}

{% macro spark__check_session() -%}
    {%- if execute -%}
        {%- set zone = run_query('select current_timezone()').rows[0][0] -%}
        {%- set problems = [] -%}
        {%- if zone != 'UTC' -%}
            {%- do problems.append(
                'spark.sql.session.timeZone is ' ~ zone ~ '; legal: UTC (what local time is meant'
                ~ ' says var business_timezone)'
            ) -%}
        {%- endif -%}
        {%- if var('raw_database') -%}
            {%- do problems.append(
                'var raw_database is "' ~ var('raw_database') ~ '"; legal: empty, for dbt-spark'
                ~ ' knows schemas only'
            ) -%}
        {%- endif -%}
        {%- if problems -%}
            {{ exceptions.raise_compiler_error(problems | join('\n')) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
