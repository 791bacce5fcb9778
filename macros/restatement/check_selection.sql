{% macro check_plan_is_of_these_facts() %}
    {#-
        Stops before the ledger is written where the facts have been fingerprinted anew since the
        plan was made (`make plan`, then part of a build): the marts do not hold them yet.
    -#}
    {%- if execute and flags.INTROSPECT and flags.WHICH in ('run', 'build', 'retry') -%}
        {%- set plan = member_loyalty.built('int_restatement_plan') -%}
        {%- set same = run_query(
            'select count(*) from ' ~ member_loyalty.built('int_fingerprints') ~ ' as fingerprints'
            ~ ' inner join ' ~ plan ~ ' as plan on fingerprints.build_id = plan.build_id'
        ).rows[0][0] -%}
        {%- if not same -%}
            {{ exceptions.raise_compiler_error(
                'the raw data have been read again since the restatement plan was made, so this'
                ~ ' build is not complete; run the whole build (dbt build)'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro check_selection() %}
    {#-
        Stops a build that would make a table with history anew from the last build's due snapshots
        alone, and so lose what came before: one with --full-refresh, or of a table that is not
        there, whose selection leaves the restatement plan out.
    -#}
    {%- if execute and flags.WHICH in ('run', 'build')
        and 'model.member_loyalty.int_restatement_plan' not in selected_resources -%}
        {%- set missing = member_loyalty.missing_tables() -%}
        {%- set ledger = member_loyalty.built('int_build_ledger') -%}
        {%- set has_history = adapter.get_relation(
            ledger.database, ledger.schema, ledger.identifier
        ) is not none -%}
        {%- set lost = [] -%}
        {%- for node in graph.nodes.values() | sort(attribute='name')
            if node.unique_id in selected_resources and node.config.get('restated_by')
            and has_history and (flags.FULL_REFRESH or node.name in missing) -%}
            {%- do lost.append(node.name) -%}
        {%- endfor -%}
        {%- if lost -%}
            {{ exceptions.raise_compiler_error(
                lost | join(', ') ~ ' cannot be made anew alone: its history would be lost; run the'
                ~ ' whole build (dbt build' ~ (' --full-refresh' if flags.FULL_REFRESH else '')
                ~ '), or select int_restatement_plan+'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
