{% macro get_incremental_retagged_sql(arg_dict) %}
    {#-
        Incremental strategy `retagged`, of rows that hold from `valid_from` to before `valid_to`:
        out go the rows that begin or end at a snapshot that is due or gone, and those that held on
        and are now written anew, because they end. All others stay as they are.
        Args: arg_dict - what dbt hands to a strategy.
    -#}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set standing -%}
        select snapshot_date from {{ member_loyalty.built('int_snapshot_dates') }}
        where is_published and snapshot_date not in (
            select snapshot_date from {{ member_loyalty.built('int_due_snapshots') }}
        )
    {%- endset -%}
    {%- set dated_anew -%}
    valid_from not in ({{ standing }}) or valid_to not in ({{ standing }})
    {%- endset -%}
    {%- set ended -%}
    valid_to is null and (member_id, tag_family, valid_from) in (
        select member_id, tag_family, valid_from from {{ arg_dict['temp_relation'] }}
    )
    {%- endset -%}
    {{ member_loyalty.replace_rows(
        target, columns, ['true'] if member_loyalty.restates_all() else [dated_anew, ended],
        'select ' ~ columns ~ ' from ' ~ arg_dict['temp_relation'], follows_from_itself=true
    ) }}
{% endmacro %}
