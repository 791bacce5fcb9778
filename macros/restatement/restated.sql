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
    {%- set restated -%}
        select {{ key }} from {{ member_loyalty.built(
            'int_restated_orders' if key == 'order_id' else 'int_restated_persons'
        ) }}
        where {{ key }} is not null
    {%- endset -%}
    delete from {{ target }}
    {%- if not member_loyalty.restates_all() %}
    where
        {%- if key in ('snapshot_date', 'to_date') %}
        {{ key }} not in (
            select snapshot_date from {{ member_loyalty.built('int_snapshot_dates') }}
            where is_published and snapshot_date not in (
                select snapshot_date from {{ member_loyalty.built('int_due_snapshots') }}
            )
        )
        {%- else %}
        {{ key }} in ({{ restated }})
        {%- endif %}
    {%- endif %};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    {%- if key not in ('snapshot_date', 'to_date') and not member_loyalty.restates_all() %}
    where {{ key }} in ({{ restated }})
    {%- endif %}
{% endmacro %}


{% macro get_incremental_changed_dates_sql(arg_dict) %}
    {#- Incremental strategy of int_event_days: all rows of the changed dates are taken out, and
        those of dates that still have events put in, in one transaction. Args: arg_dict - what dbt
        hands to a strategy. -#}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }}
    where occurred_on in (select occurred_on from {{ arg_dict['temp_relation'] }});
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    where events is not null
{% endmacro %}


{% macro forget_restated() %}
    {#- Empties the lists of what was restated, and their orders, once the build is complete: they
        may name members who have been erased, and a part of a build that runs again must not put
        in what it does not take out. Drops from fct_member_value, which scripts/fit_value.py
        writes, the members who are no more. -#}
    {%- if execute %}
    {%- for work in ['int_restated_persons', 'int_restated_orders', 'int_member_orders'] %}
    delete from {{ member_loyalty.built(work) }}{{ ';' if not loop.last }}
    {%- endfor %}
    {%- set members = member_loyalty.built('dim_members') -%}
    {%- set expected = adapter.get_relation(
        members.database, members.schema, 'fct_member_value'
    ) -%}
    {%- if expected %};
    delete from {{ expected }} where member_id not in (select member_id from {{ members }})
    {%- endif -%}
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
