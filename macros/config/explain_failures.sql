{% macro explain_failures(results) %}
    {#-
        At the end of a build, says in words what the failed tests found: tests of this project
        that select a column `problem` are asked for their different problems, the most frequent
        ones first, ten a test; how many more there are is said.
        Args: results - what dbt hands to on-run-end.
    -#}
    {%- for result in results if execute and result.status in ['fail', 'warn'] -%}
        {%- set sql = result.node.compiled_code or '' -%}
        {%- if result.node.package_name == 'member_loyalty' and ' as problem' in sql -%}
            {%- set found = run_query(
                'select problem, count(*) as times from (' ~ sql ~ ') as faults'
                ~ ' group by problem order by times desc, problem'
            ) -%}
            {%- for row in (found.rows | list)[:10] -%}
                {%- set times = ' (' ~ row[1] ~ ' times)' if row[1] > 1 else '' -%}
                {%- do log(result.status | upper ~ ': ' ~ row[0] ~ times, info=true) -%}
            {%- endfor -%}
            {%- if found.rows | length > 10 -%}
                {%- set more = found.rows | length - 10 -%}
                {%- do log(result.status | upper ~ ': and ' ~ more ~ ' more problems of '
                    ~ result.node.name, info=true) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
