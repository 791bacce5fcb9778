{% macro explain_failures(results) %}
    {#-
        At the end of a build, says in words what the failed tests found: tests of this project
        that select a column `problem`, and those of single values in seeds (elsewhere they may be
        ids), are asked for their different problems, the most frequent ones first, ten a test; how
        many more there are is said.
        Args: results - what dbt hands to on-run-end.
    -#}
    {%- for result in results if execute and result.status in ['fail', 'warn'] -%}
        {%- set problem = member_loyalty.problem_of(result.node) -%}
        {%- if problem -%}
            {%- set found = run_query(
                'select ' ~ problem ~ ' as problem, count(*) as times from ('
                ~ result.node.compiled_code ~ ') as faults'
                ~ ' group by 1 order by times desc, problem'
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


{% macro problem_of(test) %}
    {#-
        How a test of this project says what is wrong. Args: test - node of a data test.
        Returns: SQL expression on the test's rows; none where they say nothing in words.
    -#}
    {%- if test.package_name != 'member_loyalty' -%}
        {{ return(none) }}
    {%- elif ' as problem' in (test.compiled_code or '') -%}
        {{ return('problem') }}
    {%- endif -%}
    {%- set column, wrong = {
        'accepted_values': ('value_field', 'none of the accepted values'),
        'unique': ('unique_field', 'there more than once'),
        'relationships': ('from_field', 'not where it must be looked up'),
    }.get((test.test_metadata or {}).name, (none, none)) -%}
    {%- if not column or not (test.attached_node or '').startswith('seed.') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set place = graph.nodes[test.attached_node].name ~ '.'
        ~ test.test_metadata.kwargs.column_name -%}
    {{ return(
        "concat(" ~ member_loyalty.text_literal(place ~ ': ') ~ ", cast(" ~ column ~ " as "
        ~ dbt.type_string() ~ "), ' is " ~ wrong ~ "')"
    ) }}
{% endmacro %}
