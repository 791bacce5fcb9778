{% macro stored(model_name) %}
    {#-
        The relation that an earlier build left for a model of this project; none when there is none
        or the build starts from nothing (--full-refresh). It is read back against the direction of
        the data, which only the restatement plan, the lists of restated persons and orders, and the
        opening state may do (decision D35).
        Args: model_name - name of the model.
    -#}
    {%- if not execute or not flags.INTROSPECT or flags.FULL_REFRESH -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set node = graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'model')
        | selectattr('package_name', 'equalto', 'member_loyalty')
        | selectattr('name', 'equalto', model_name) | first -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
{% endmacro %}


{% macro restates_all() %}
    {#-
        True in a build with no complete build before it, or with --full-refresh: every snapshot,
        member and order is made anew. It holds for a whole build, because the ledger it looks for
        is written last.
    -#}
    {{ return(member_loyalty.stored('int_build_ledger') is none) }}
{% endmacro %}


{% macro cause_of_everything() %}
    {#- What the build log calls the cause of a build that restates everything. -#}
    {{ return('full refresh' if flags.FULL_REFRESH else 'first build') }}
{% endmacro %}


{% macro was_interrupted() %}
    {#-
        SQL: true when the last build that made a restatement plan did not come to its end, that is,
        wrote no ledger.
    -#}
    {%- set plan = member_loyalty.stored('int_restatement_plan') -%}
    {%- set ledger = member_loyalty.stored('int_build_ledger') -%}
    {%- if plan is none or ledger is none -%}
    false
    {%- else -%}
    (select max(build_id) from {{ plan }})
    <> (select max(build_id) from {{ ledger }})
    {%- endif -%}
{% endmacro %}


{% macro missing_tables() %}
    {#- Names of the incremental models that should be stored and are not. -#}
    {%- set missing = [] -%}
    {%- for node in (graph.nodes.values() if execute else []) | sort(attribute='name')
        if node.resource_type == 'model' and node.package_name == 'member_loyalty'
        and node.config.get('restated_by') -%}
        {%- if member_loyalty.stored(node.name) is none -%}
            {%- do missing.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(missing) }}
{% endmacro %}


{% macro planned(column) %}
    {#- The date from which this build restates, as date_in has it.
        Args: column - restate_from (snapshots), restate_persons_from or restate_orders_from. -#}
    {{ return(member_loyalty.date_in('int_restatement_plan', column)) }}
{% endmacro %}


{% macro as_of_date_in_force() %}
    {#- The as_of_date of this build, as date_in has it. -#}
    {{ return(member_loyalty.date_in('int_as_of_date', 'as_of_date')) }}
{% endmacro %}


{% macro date_in(model_name, column) %}
    {#-
        A date of a model that this build has built, as a SQL literal; none where it is null. It is
        looked up when the model runs, and not joined, because an engine skips the data before a
        constant (a fifth of the time on 10 M orders). Args: model_name; column of it.
    -#}
    {%- set model = member_loyalty.built(model_name) -%}
    {%- if not execute or not flags.INTROSPECT
        or not adapter.get_relation(model.database, model.schema, model.identifier) -%}
        {{ return("date '0001-01-01'") }}
    {%- endif -%}
    {%- set found = run_query('select min(' ~ column ~ ') from ' ~ model).rows[0][0] -%}
    {{ return(none if found is none else "date '" ~ found ~ "'") }}
{% endmacro %}
