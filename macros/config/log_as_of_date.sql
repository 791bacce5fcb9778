{% macro log_as_of_date(results) %}
    {#- Puts the as_of_date in force and the snapshot dates into the build log, once
        int_snapshot_dates has been built (spec §7). Args: results - what dbt hands to
        on-run-end. -#}
    {%- for result in results if execute and result.status == 'success'
            and result.node.name == 'int_snapshot_dates'
            and result.node.package_name == 'member_loyalty' -%}
        {%- set found = run_query(
            'select max(snapshot_date), count(*), min(snapshot_date) from '
            ~ result.node.relation_name ~ ' where is_published'
        ).rows[0] -%}
        {%- if found[1] -%}
            {%- do log(
                'as_of_date ' ~ found[0] ~ ': ' ~ found[1] ~ ' snapshot dates by '
                ~ var('snapshot_interval') ~ ' from ' ~ found[2], info=true
            ) -%}
        {%- else -%}
            {%- do log('No snapshot date: no order is dated by as_of_date.', info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
