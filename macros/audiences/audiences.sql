{% macro audiences() %}
    {#-
        The audiences: the models in the folder models/audiences of this project and of the project
        that uses it. Known only when a model is compiled, none while the project is parsed.
        Returns: list of dicts by name: name, title, owner, channel, purpose, holdout_share, refresh
        (from config.meta), definition (the file's text).
    -#}
    {%- set found = [] -%}
    {%- for node in (graph.nodes.values() if execute else []) | sort(attribute='name')
        if node.resource_type == 'model' and node.fqn[1] == 'audiences'
        and node.package_name in ['member_loyalty', project_name] -%}
        {%- do found.append(
            dict(node.config.get('meta') or {}, name=node.name, definition=node.raw_code | trim)
        ) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{% macro audience_rows() %}
    {#-
        A query: who is in which audience at which snapshot, as the audiences' files say. Their text
        is put in here, because a model cannot name parents that it does not know. Only the last
        audience_history_days are read.
        Returns: SQL with the columns audience, snapshot_date, member_id.
    -#}
    {%- set as_of_date = member_loyalty.as_of_date_in_force() -%}
    {%- for audience in member_loyalty.audiences() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ audience.name }}' as audience,
        snapshot_date,
        member_id
    from (
        {{ render(audience.definition) | trim | indent(8) }}
    ) as members_of_audience
    where {{ 'false' if not as_of_date else
        'snapshot_date >= ' ~ as_of_date ~ ' - ' ~ var('audience_history_days') }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as audience,
        as_of_date as snapshot_date,
        cast(null as {{ dbt.type_string() }}) as member_id
    from {{ ref('int_as_of_date') }}
    where false
    {%- endfor %}
{% endmacro %}


{% macro consent_rule() %}
    {#- What exports say about consent: whose name may be in them (spec §1). Returns: text. -#}
    {{ return(
        'the newest consent by the snapshot date is not withdrawn by then; no consent, no export'
        if var('using_consents') else 'not checked: using_consents is false'
    ) }}
{% endmacro %}


{% macro check_audiences() %}
    {#- Stops the build before any SQL when an audience lacks a word on what it is for, or has an
        illegal one: one line a fault. -#}
    {%- set problems = [] -%}
    {%- for audience in member_loyalty.audiences() -%}
        {%- for key, legal in {
            'title': 'a text', 'owner': 'a text', 'channel': 'a text', 'purpose': 'a text',
            'holdout_share': 'a number from 0 to 1 with at most 4 places',
            'refresh': 'one of day, week, month',
        }.items() -%}
            {%- if not member_loyalty.is_legal_audience_meta(key, audience[key]) -%}
                {%- do problems.append(
                    'audience ' ~ audience.name ~ ': config.meta.' ~ key ~ ' is '
                    ~ (audience[key] | tojson if key in audience else 'missing')
                    ~ '; legal: ' ~ legal
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(problems | join('\n')) }}
    {%- endif -%}
{% endmacro %}


{% macro is_legal_audience_meta(key, value) %}
    {#- Whether an audience's meta may hold this value. Args: key - its name; value - what it
        is. -#}
    {%- if key == 'holdout_share' -%}
        {{ return(
            value is number and value is not boolean and 0 <= value <= 1
            and value | round(4) == value
        ) }}
    {%- elif key == 'refresh' -%}
        {{ return(value in ['day', 'week', 'month']) }}
    {%- endif -%}
    {{ return(value is string and value | trim != '') }}
{% endmacro %}
