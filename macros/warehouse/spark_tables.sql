{#- How dbt-spark makes tables, where it cannot do what this project asks for. -#}

{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) %}
    {#- Overrides the macro of dbt-spark, which knows its own strategies only. -#}
    {{ return(raw_strategy) }}
{% endmacro %}


{% macro dbt_spark_get_incremental_sql(
    strategy, source, target, existing, unique_key, incremental_predicates
) %}
    {#- Overrides the macro of dbt-spark: a strategy of this project takes rows out before it puts
        others in, and what it puts in may have been read from the rows taken out, so that it is
        written to a table first. Args: as dbt-spark's; source - a temporary view. -#}
    {%- if strategy in ['merge', 'insert_overwrite', 'microbatch'] -%}
        {{ return(dbt_spark.dbt_spark_get_incremental_sql(
            strategy, source, target, existing, unique_key, incremental_predicates
        )) }}
    {%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(target) -%}
    {%- if strategy == 'append' -%}
        {%- set names = columns | map(attribute='quoted') | join(', ') -%}
        insert into {{ target }} ({{ names }}) select {{ names }} from {{ source }}
    {%- else -%}
        {%- set rows = target.incorporate(
            path={'identifier': target.identifier ~ '__rows'}, type='table'
        ) -%}
        {%- do run_query(
            'create or replace table ' ~ rows ~ ' using iceberg as select * from ' ~ source
        ) -%}
        {%- do run_query(adapter.get_incremental_strategy_macro(context, strategy)({
            'target_relation': target, 'temp_relation': rows, 'dest_columns': columns
        })) -%}
        drop table if exists {{ rows }}
    {%- endif -%}
{% endmacro %}


{% macro spark__partition_cols(label, required=false) -%}
    {#- A table that is restated by snapshot dates is kept by them, so that a day touches its own
        files. Overrides the macro of dbt-spark. Args: as there. -#}
    {%- set columns = config.get('partition_by') -%}
    {%- if columns is none and config.get('restated_by') in ['snapshot_date', 'to_date'] -%}
        {%- set columns = config.get('restated_by') -%}
    {%- endif -%}
    {%- if columns is not none -%}
    {{ label }} ({{ columns if columns is string else columns | join(', ') }})
    {%- endif -%}
{%- endmacro %}


{% macro spark__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
    {#- Iceberg can drop columns, which dbt-spark's macro refuses. Args: as there. -#}
    {%- if add_columns -%}
        {%- set added = [] -%}
        {%- for column in add_columns -%}
            {%- do added.append(column.quoted ~ ' ' ~ column.data_type) -%}
        {%- endfor -%}
        {%- do run_query(
            'alter table ' ~ relation ~ ' add columns (' ~ added | join(', ') ~ ')'
        ) -%}
    {%- endif -%}
    {%- if remove_columns -%}
        {%- do run_query(
            'alter table ' ~ relation ~ ' drop columns ('
            ~ remove_columns | map(attribute='quoted') | join(', ') ~ ')'
        ) -%}
    {%- endif -%}
{% endmacro %}


{% macro spark__list_relations_without_caching(schema_relation) %}
    {#- dbt-spark asks for all that is known of each table, which not every catalogue answers, and
        takes an Iceberg table in a Hive metastore for one of Hive's. What this project makes is
        either a view or an Iceberg table. Args: as dbt-spark's. -#}
    {%- set schema = schema_relation.schema -%}
    {%- set views = [] -%}
    {%- for namespace, name, is_temporary in run_query('show views in ' ~ schema).rows
        if not is_temporary -%}
        {%- do views.append(name) -%}
    {%- endfor -%}
    {%- set rows = [] -%}
    {%- for name in views -%}
        {%- do rows.append([schema, name, false, 'Type: VIEW']) -%}
    {%- endfor -%}
    {%- for namespace, name, is_temporary in run_query('show tables in ' ~ schema).rows
        if not is_temporary and name not in views -%}
        {%- do rows.append([schema, name, false, 'Provider: iceberg']) -%}
    {%- endfor -%}
    {{ return(rows) }}
{% endmacro %}


{% macro spark__create_view_as(relation, sql) -%}
    {#- Iceberg's session catalogue replaces a view in its own metadata, and Spark goes on to read
        the old text in the metastore: the view is dropped first. Args: as dbt's. -#}
    {%- do run_query('drop view if exists ' ~ relation) -%}
    create or replace view {{ relation }} as
    {{ sql }}
{%- endmacro %}
