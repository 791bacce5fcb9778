{% macro code_version() %}
    {#-
        A digest of all that the marts follow from besides data: the models' SQL, the macros of this
        project and of the project that uses it, and the vars, but for those that work through the
        data alone. Any change restates everything. Audiences are left out, for what is made of them
        is made anew each time; so are the views of the semantic layer and the explanations with
        their words (macros/explain), of which nothing is made.
        Semantic models, metrics and exposures are no models and never count.
    -#}
    {%- if not execute -%}
        {{ return('') }}
    {%- endif -%}
    {%- set parts = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id')
        if node.resource_type == 'model' and node.package_name == 'member_loyalty'
        and node.fqn[1] not in ['audiences', 'semantic', 'explain'] -%}
        {%- do parts.append(node.unique_id ~ ' ' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {%- for package in ['member_loyalty', project_name] | unique -%}
        {%- for name in context[package] | sort -%}
            {%- set macro = context[package][name] -%}
            {%- if macro.macro is defined
                and not macro.macro.original_file_path.startswith('macros/explain/') -%}
                {%- do parts.append(package ~ '.' ~ name ~ ' ' ~ macro.macro.macro_sql) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name in member_loyalty.versioned_vars() -%}
        {%- do parts.append(name ~ ' ' ~ tojson(var(name))) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n'))) }}
{% endmacro %}


{% macro versioned_vars() %}
    {#- Names of the vars that the marts depend on other than through the data and its dates. -#}
    {%- set through_data = [
        'max_rejected_share', 'snapshot_start', 'as_of_date', 'restate_from',
        'audience_history_days', 'campaign_window_days', 'campaign_min_members',
        'backtest_horizon_days', 'backtest_origins', 'alarm_stability_index', 'alarm_mean_shift'
    ] -%}
    {%- set names = [] -%}
    {%- for name in member_loyalty.config_rules() | sort
        if name not in through_data and not name.startswith(('raw_', 'using_')) -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
