{% macro base_rows(table, erased_by=[], lookups='', lookup_columns=[], checks=[], late_checks=[]) -%}
    {#- The CTEs from a raw table to `judged`: each raw row once, its cells parsed, and the first reason
        for which it is rejected (spec §1, "Nothing is lost").

        Args:
            table: name of the source table.
            erased_by: (column, relation, key): a row whose column is in relation.key is erased.
            lookups: SQL joins onto `parsed` that checks use; lookup_columns: what they add.
            checks: (reason, column, condition) judged after the cells, before duplicates.
            late_checks: the same, judged after duplicates. -#}
    {%- set contract = member_loyalty.raw_contract(table) -%}
    {%- set defects = member_loyalty.cell_defects(contract) + checks -%}
    {%- set keys = contract | selectattr('key') | map(attribute='name') | list -%}
    with raw_rows as {{ member_loyalty.inlined() }} (
        {{ member_loyalty.raw_rows(table) | indent(4) }}
    ),

    keyed as {{ member_loyalty.inlined() }} (
        select
            {{ member_loyalty.parse_cells(contract | selectattr('key')) | indent(4) }}
            raw_rows.*
        from raw_rows
    ),

    {% if keys -%}
    repeated_keys as (
        select {{ keys | join(', ') }}
        from keyed
        group by {{ keys | join(', ') }}
        having count(*) > 1
    ),
    {%- endif %}

    flagged as {{ member_loyalty.inlined() }} (
        select
            keyed.*,
            {{ 'repeated_keys.' ~ keys[0] ~ ' is not null' if keys else 'false' }} as is_repeated
        from keyed
        {%- for key in keys %}
        {{ 'left join repeated_keys on' if loop.first else 'and' }} keyed.{{ key }} = repeated_keys.{{ key }}
        {%- endfor %}
    ),

    parsed as {{ member_loyalty.inlined() }} (
        select
            {{ member_loyalty.parse_cells(contract | rejectattr('key')) | indent(4) }}
            flagged.*
        from flagged
    ),

    looked_up as {{ member_loyalty.inlined() }} (
        select
            parsed.*,
            {%- for column in lookup_columns %}
            {{ column }},
            {%- endfor %}
            {% for column, relation, key in erased_by -%}
            erased_{{ column }}.{{ key }} is not null or {% endfor -%}
            false as is_erased
        from parsed
        {%- for column, relation, key in erased_by %}
        left join {{ relation }} as erased_{{ column }}
            on parsed.{{ adapter.quote('raw_' ~ column) }} = erased_{{ column }}.{{ key }}
        {%- endfor %}
        {{ lookups }}
    ),

    checked as {{ member_loyalty.inlined() }} (
        select
            looked_up.*,
            case
                when is_erased then 'erased_member'
                {%- for reason, column, condition in defects %}
                when {{ condition }} then '{{ reason }}'
                {%- endfor %}
            end as first_reason,
            case
                when is_erased then null
                {%- for reason, column, condition in defects %}
                when {{ condition }} then {{ "'" ~ column ~ "'" if column else 'null' }}
                {%- endfor %}
            end as first_column
        from looked_up
    ),

    -- Only rows whose key occurs again are sorted: sorting all of them doubled the model's time.
    ranked as (
        select
            checked.*,
            1 as version_rank
        from checked
        where not is_repeated
        {%- if keys %}
        union all
        select
            checked.*,
            {{ member_loyalty.version_rank(table) | indent(8) }} as version_rank
        from checked
        where is_repeated
        {%- endif %}
    ),

    judged as (
        select
            ranked.*,
            case
                when first_reason is not null then first_reason
                when version_rank > 1 then 'duplicate_superseded'
                {%- for reason, column, condition in late_checks %}
                when {{ condition }} then '{{ reason }}'
                {%- endfor %}
            end as reject_reason,
            case
                when first_reason is not null then first_column
                when version_rank > 1 then null
                {%- for reason, column, condition in late_checks %}
                when {{ condition }} then '{{ column }}'
                {%- endfor %}
            end as reject_column
        from ranked
    )
{%- endmacro %}


{% macro cell_defects(contract) -%}
    {#- (reason, column, condition) of the defects that one cell can have, in the order of spec §1. -#}
    {%- set defects = [] -%}
    {%- set numbers = ['amount', 'count', 'rate'] -%}
    {%- for column in contract if column.required -%}
        {%- do defects.append(('missing_required', column.name, 'raw_' ~ column.name ~ ' is null')) -%}
    {%- endfor -%}
    {%- for reason, types in [('bad_timestamp', ['timestamp', 'date']), ('bad_number', numbers)] -%}
        {%- for column in contract if column.type in types and not column.lenient -%}
            {%- set condition = 'raw_' ~ column.name ~ ' is not null and ' ~ column.name ~ ' is null' -%}
            {%- do defects.append((reason, column.name, condition)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for column in contract if column.type in numbers -%}
        {%- do defects.append(('negative_amount', column.name, column.name ~ ' < 0')) -%}
    {%- endfor -%}
    {{ return(defects) }}
{%- endmacro %}


{% macro version_rank(table) -%}
    {#- 1 for the winner among the standing rows of one key (spec §1, `duplicate_superseded`): the
        greatest by the table's newest_by column, empty first, then by the raw cells in contract order;
        cells outside the contract come last. -#}
    {%- set contract = member_loyalty.raw_contract(table) -%}
    {%- set keys = contract | selectattr('key') | map(attribute='name') | list -%}
    {%- set newest_by = (member_loyalty.raw_source(table) or {}).get('config', {}).get('meta', {}).get('newest_by') -%}
    row_number() over (
        partition by {{ keys | join(', ') }}, first_reason is null
        order by
            {%- if newest_by %}
            {{ newest_by }} desc nulls last,
            {%- endif %}
            {%- for name in (contract | map(attribute='name') | list) + member_loyalty.extra_columns(table) %}
            coalesce({{ adapter.quote('raw_' ~ name) }}, '') desc{{ ',' if not loop.last }}
            {%- endfor %}
    )
{%- endmacro %}


{% macro base_columns(table) -%}
    {#- What a base model keeps of `judged`: the parsed columns (a member column of an erased row is
        null: no erased id stays), and for a rejected row its reason, column, key and cells as JSON. -#}
    {%- set contract = member_loyalty.raw_contract(table) -%}
    {%- set keys = contract | selectattr('key') | map(attribute='name') | list -%}
    {%- set shown -%}
        reject_reason <> '{{ 'duplicate_superseded' if table == 'erasures' else 'erased_member' }}'
    {%- endset -%}
    {%- for column in contract %}
    {%- if column.name.endswith('member_id') %}
    case when not is_erased then {{ column.name }} end as {{ column.name }},
    {%- elif column.default is not none and column.default is defined %}
    coalesce({{ column.name }}, {{ column.default if column.type == 'amount' else "'" ~ column.default ~ "'" }}) as {{ column.name }},
    {%- else %}
    {{ column.name }},
    {%- endif %}
    {%- endfor %}
    reject_reason,
    reject_column,
    {% if keys -%}
    case when {{ shown }} then concat('['
        {%- for key in keys -%}
            , coalesce({{ member_loyalty.json_string('raw_' ~ key) }}, 'null'), '{{ ',' if not loop.last else ']' }}'
        {%- endfor -%}
    ) end
    {%- else -%}
    {{ member_loyalty.as_text('null') }}
    {%- endif %} as row_key,
    case when {{ shown }} then {{ member_loyalty.raw_json(table) }} end as raw_row
{%- endmacro %}


{% macro raw_json(table) -%}
    {#- The whole raw row as a JSON object, columns in file order, blank cells null. -#}
    concat('{'
    {%- for column in member_loyalty.raw_file_columns(table) -%}
        , '{{ (tojson(column) ~ ':') | replace("'", "''") }}', coalesce({{ member_loyalty.json_string(adapter.quote('raw_' ~ (column | lower))) }}, 'null')
        {%- if not loop.last %}, ','{% endif -%}
    {%- endfor -%}
    , '}')
{%- endmacro %}
