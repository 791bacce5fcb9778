{% macro rows_to_test(relation) -%}
    {#-
        What a data test reads of a table with history: in a build the rows that this build has
        restated, so that a day's tests cost a day; in `dbt test`, the full audit, all of them.
        Args: relation - a ref.
    -#}
    {%- set node = (graph.nodes.values() if execute else [])
        | selectattr('resource_type', 'equalto', 'model')
        | selectattr('package_name', 'equalto', 'member_loyalty')
        | selectattr('name', 'equalto', relation.identifier) | first -%}
    {%- set key = node.config.get('restated_by') if node else none -%}
    {%- if not key or 'model.member_loyalty.int_restatement_plan' not in selected_resources
        or member_loyalty.restates_all() -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set restated = {
        'order_id': 'int_restated_orders',
        'member_id': 'int_restated_persons',
        'person_id': 'int_restated_persons',
    }.get(key) -%}
    (
        select * from {{ relation }}
        where {{ key }} in (
            select {{ key if restated else 'snapshot_date' }}
            from {{ member_loyalty.built(restated or 'int_due_snapshots') }}
        )
    )
{%- endmacro %}


{% macro default__get_where_subquery(relation) -%}
    {#- Generic tests with the config `where` of dbt_project.yml read rows_to_test, others what dbt
        lets them read. Overrides the macro of dbt. Args: relation - the model that is tested. -#}
    {%- set where = config.get('where', '') -%}
    {%- if where == 'true /* this build */' -%}
        {{ return(member_loyalty.rows_to_test(relation) | trim ~ ' as tested_rows') }}
    {%- elif where -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as tested_rows') }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}
