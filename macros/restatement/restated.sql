{% macro get_incremental_restated_sql(arg_dict) %}
    {#-
        Incremental strategy `restated`: what is restated is taken out as a whole and put in anew,
        in one transaction, so that no row of a vanished member, order or snapshot date stays, and
        only what is taken out is put in: a view above may still be the one of a build that
        restated everything, where a part of a build runs again.
        Model config `restated_by`: `snapshot_date`, `to_date` (all dates but those that stand),
        `person_id`, `member_id` or `order_id` (those that the plan names).
        Args: arg_dict - what dbt hands to a strategy.
    -#}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set key = config.require('restated_by') -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set gone -%}
    {%- if member_loyalty.restates_all() %}
        true
    {%- elif key in ('snapshot_date', 'to_date') %}
        {{ key }} not in (
            select snapshot_date from {{ member_loyalty.built('int_snapshot_dates') }}
            where is_published and snapshot_date not in (
                select snapshot_date from {{ member_loyalty.built('int_due_snapshots') }}
            )
        )
    {%- else %}
        {{ key }} in ({{ member_loyalty.restated_keys(key) }})
    {%- endif %}
    {%- endset -%}
    {%- set put_in -%}
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    {%- if key not in ('snapshot_date', 'to_date') and not member_loyalty.restates_all() %}
    where {{ key }} in ({{ member_loyalty.restated_keys(key) }})
    {%- endif %}
    {%- endset -%}
    {{ member_loyalty.replace_rows(target, columns, [gone], put_in) }}
{% endmacro %}


{% macro restated_keys(key) -%}
    {#- A query: the orders, persons or members that the plan names. Args: key - their column. -#}
    select {{ key }} from {{ member_loyalty.built(
        'int_restated_orders' if key == 'order_id' else 'int_restated_persons'
    ) }}
    where {{ key }} is not null
{%- endmacro %}


{% macro get_incremental_changed_dates_sql(arg_dict) %}
    {#- Incremental strategy of int_event_days: all rows of the changed dates are taken out, and
        those of dates that still have events put in, in one transaction. Args: arg_dict - what dbt
        hands to a strategy. -#}
    {{ member_loyalty.replace_keys(arg_dict, 'occurred_on', 'events') }}
{% endmacro %}


{% macro replace_keys(arg_dict, key, filled) %}
    {#- Takes out all rows of the keys in the temporary relation, and puts in its rows, but for keys
        that have none any more. Args: arg_dict - as above; key - column; filled - a column that is
        null where a key has no row. -#}
    {%- set target, rows = arg_dict['target_relation'], arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {{ member_loyalty.replace_rows(
        target, columns, [key ~ ' in (select ' ~ key ~ ' from ' ~ rows ~ ')'],
        'select ' ~ columns ~ ' from ' ~ rows ~ ' where ' ~ filled ~ ' is not null'
    ) }}
{% endmacro %}


{% macro forget_restated() %}
    {#- Empties the lists of what was restated, and their orders, once the build is complete: they
        may name members who have been erased, and a part of a build that runs again must not put
        in what it does not take out. Drops from fct_member_value, which scripts/fit_value.py
        writes, the members who are no more. -#}
    {%- if execute %}
    {%- set statements = [] -%}
    {%- for work in ['int_restated_persons', 'int_restated_orders', 'int_member_orders'] %}
        {%- do statements.append('delete from ' ~ member_loyalty.built(work)) -%}
    {%- endfor %}
    {%- set members = member_loyalty.built('dim_members') -%}
    {%- set expected = adapter.get_relation(
        members.database, members.schema, 'fct_member_value'
    ) -%}
    {%- if expected -%}
        {%- do statements.append(
            'delete from ' ~ expected
            ~ ' where member_id not in (select member_id from ' ~ members ~ ')'
        ) -%}
    {%- endif -%}
    {{ member_loyalty.one_by_one(statements) }}
    {%- endif %}
{% endmacro %}


{% macro built(model_name) %}
    {#- The relation of a model that this build has built before; nothing while dbt only parses.
        Args: model_name - its name. -#}
    {%- if graph.nodes is not defined -%}
        {{ return('') }}
    {%- endif -%}
    {%- set node = graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'model')
        | selectattr('package_name', 'equalto', 'member_loyalty')
        | selectattr('name', 'equalto', model_name) | first -%}
    {{ return(api.Relation.create(node.database, node.schema, node.alias)) }}
{% endmacro %}


{% macro only_restated(relation, key, restated) -%}
    {#- In a model: the rows of a relation that the plan restates; all of them where it restates
        everything. Args: relation; key - column of it; restated - ref of int_restated_orders or
        int_restated_persons, which has the column too. -#}
    select rows_of.*
    from {{ relation }} as rows_of
    {%- if not member_loyalty.restates_all() %}
    inner join {{ restated }} as restated on rows_of.{{ key }} = restated.{{ key }}
    {%- endif %}
{%- endmacro %}
