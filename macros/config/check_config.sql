{% macro check_config() %}
    {#-
        Stops the build before any SQL when a var has an illegal value: one line a fault, naming
        the var, its value and the legal values. Pure Jinja: it asks the warehouse nothing.
    -#}
    {%- set rules = member_loyalty.config_rules() -%}
    {%- set problems = member_loyalty.unknown_var_problems(rules) -%}
    {%- for name in rules -%}
        {%- do problems.append(member_loyalty.var_problem(name, rules)) -%}
    {%- endfor -%}
    {%- set problems = problems | select | list -%}
    {%- if not problems -%}
        {%- do problems.extend(member_loyalty.contradictory_vars()) -%}
        {%- do problems.extend(member_loyalty.names_taken()) -%}
    {%- endif -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(problems | join('\n')) }}
    {%- endif -%}
{% endmacro %}


{% macro names_taken() %}
    {#-
        Models and seeds of another project that models of this one read in the place of those of
        the same name here, one line each: dbt looks for a name in the root project first, unless
        told not to. Where ours is switched off, another may take its place.
    -#}
    {%- set nodes = graph.nodes if execute else {} -%}
    {%- set ours = nodes.values()
        | selectattr('package_name', 'equalto', 'member_loyalty') | list -%}
    {%- set names = ours | selectattr('resource_type', 'in', ['model', 'seed'])
        | map(attribute='name') | list -%}
    {%- set taken = [] -%}
    {%- for node in ours -%}
        {%- for parent in node.depends_on.nodes if parent in nodes
            and nodes[parent].package_name != 'member_loyalty' and nodes[parent].name in names -%}
            {%- do taken.append(nodes[parent].original_file_path ~ ' is called as a '
                ~ nodes[parent].resource_type ~ ' of member_loyalty, which reads it as its own;'
                ~ ' rename it, or set the flag require_ref_searches_node_package_before_root: true'
                ~ ' in dbt_project.yml') -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(taken | unique | sort) }}
{% endmacro %}


{% macro checked_var(name) %}
    {#-
        The value of a var, refused by name where it is illegal. For Jinja that computes with a
        var or loops over it: models are parsed before check_config runs, and would else stop with
        a message about types. Args: name - a var of dbt_project.yml.
    -#}
    {%- set problem = member_loyalty.var_problem(name, member_loyalty.config_rules()) -%}
    {%- if problem -%}
        {{ exceptions.raise_compiler_error(problem) }}
    {%- endif -%}
    {{ return(var(name)) }}
{% endmacro %}


{% macro var_problem(name, rules) %}
    {#- What is wrong with the value of a var, in one line; empty where nothing is. -#}
    {%- if member_loyalty.is_legal_value(rules[name], var(name)) -%}
        {{ return('') }}
    {%- endif -%}
    {{ return(
        'var ' ~ name ~ ' is ' ~ member_loyalty.shown_value(var(name))
        ~ '; legal: ' ~ member_loyalty.config_legal_values(rules[name])
    ) }}
{% endmacro %}


{% macro shown_value(value) %}
    {#- A value as the user wrote it, text in quotes, so that "5" and 5 look different. -#}
    {{ return(value | tojson if value is string or value is iterable else value | string | lower) }}
{% endmacro %}


{% macro is_legal_value(rule, value) %}
    {#- Whether a value obeys a rule of config_rules. -#}
    {%- set kind = rule.kind -%}
    {%- if kind == 'boolean' -%}
        {{ return(value is boolean) }}
    {%- elif kind == 'integer' -%}
        {{ return(value is integer and rule.min <= value <= rule.max) }}
    {%- elif kind == 'number' -%}
        {{ return(value is number and value is not boolean and rule.min <= value <= rule.max) }}
    {%- elif kind == 'scores' -%}
        {{ return(member_loyalty.is_score_list(value)) }}
    {%- elif kind == 'columns' -%}
        {{ return(member_loyalty.is_partition_list(value)) }}
    {%- elif kind == 'date' -%}
        {{ return(value == '' or member_loyalty.is_date_text(value | string)) }}
    {%- elif value is not string -%}
        {{ return(false) }}
    {%- elif kind == 'choice' -%}
        {{ return(value in rule.of) }}
    {%- elif kind == 'time_zone' -%}
        {{ return(value in modules.pytz.all_timezones) }}
    {%- elif kind == 'currency' -%}
        {{ return(modules.re.fullmatch('[A-Z]{3}', value) is not none) }}
    {%- endif -%}
    {{ return(value | trim != '' or rule.empty is true) }}
{% endmacro %}


{% macro is_date_text(text) %}
    {#- Whether a text is a real date YYYY-MM-DD of the years 0001 to 9999. -#}
    {%- if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', text) -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set year, month, day = text[:4] | int, text[5:7] | int, text[8:] | int -%}
    {%- set leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 -%}
    {%- set days = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] -%}
    {{ return(year >= 1 and 1 <= month <= 12 and 1 <= day <= days[month - 1]) }}
{% endmacro %}


{% macro is_score_list(value) %}
    {#- Whether a value is a list of distinct whole numbers 0..score_bins, at least one. -#}
    {%- if value is string or value is mapping or value is not iterable or not value -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set bins = var('score_bins') if var('score_bins') is integer else 9 -%}
    {%- for score in value if not (score is integer and 0 <= score <= bins) -%}
        {{ return(false) }}
    {%- endfor -%}
    {{ return(value | unique | list | length == value | length) }}
{% endmacro %}


{% macro is_partition_list(value) %}
    {#-
        Whether a value is a list of distinct column names that can be score partitions: plain
        identifiers, not `all` (the name of the partition of everybody).
    -#}
    {%- if value is string or value is mapping or value is not iterable -%}
        {{ return(false) }}
    {%- endif -%}
    {%- for name in value -%}
        {%- if name is not string or name | lower == 'all'
            or not modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', name) -%}
            {{ return(false) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(value | map('lower') | unique | list | length == value | length) }}
{% endmacro %}


{% macro contradictory_vars() %}
    {#- Vars that are legal one by one but not together: a list of messages. -#}
    {%- set problems = [] -%}
    {%- if var('as_of_date') and var('snapshot_start')
        and var('as_of_date') | string < var('snapshot_start') | string -%}
        {%- do problems.append(
            'var as_of_date is "' ~ var('as_of_date') ~ '"; legal: a date not before'
            ~ ' snapshot_start ("' ~ var('snapshot_start') ~ '"), or empty'
        ) -%}
    {%- elif not var('as_of_date')
        and var('snapshot_start') | string > member_loyalty.build_date() -%}
        {%- do problems.append(
            'var snapshot_start is "' ~ var('snapshot_start') ~ '"; legal: a date not after today ('
            ~ member_loyalty.build_date() ~ '), or empty'
        ) -%}
    {%- endif -%}
    {%- if execute and var('as_of_date') | string > member_loyalty.build_date() -%}
        {%- do exceptions.warn(
            'var as_of_date is "' ~ var('as_of_date') ~ '", which is after today ('
            ~ member_loyalty.build_date() ~ '): scores and stages will be those of that day'
        ) -%}
    {%- endif -%}
    {{ return(problems) }}
{% endmacro %}


{% macro unknown_var_problems(rules) %}
    {#-
        Messages for names in --vars that this project does not know: a typing error would
        otherwise leave the default in force unnoticed. Where this project is a package, names
        may belong to the other project, so only those that differ from one of ours by
        punctuation, case or a plural s are reported.
    -#}
    {%- set given = invocation_args_dict.get('vars') or {} -%}
    {%- set given = fromyaml(given) if given is string else given -%}
    {%- set known = rules | map('lower') | map('replace', '_', '') | map('replace', 's', '')
        | list -%}
    {%- set problems = [] -%}
    {%- for name in given if name not in rules -%}
        {%- set folded = name | lower | replace('_', '') | replace('-', '') | replace('s', '') -%}
        {%- if project_name == 'member_loyalty' or folded in known -%}
            {%- do problems.append(
                'var ' ~ name ~ ' is not a var of member_loyalty; legal: '
                ~ rules | sort | join(', ')
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}


{% macro build_date() %}
    {#-
        The day the build starts, in business_timezone, as text YYYY-MM-DD (without quotes): the
        one clock that is read (spec §7).
    -#}
    {%- set zone = modules.pytz.timezone(member_loyalty.checked_var('business_timezone')) -%}
    {{ return(run_started_at.astimezone(zone).strftime('%Y-%m-%d')) }}
{% endmacro %}
