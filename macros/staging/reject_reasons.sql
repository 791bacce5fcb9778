{% macro cell_defects(contract) -%}
    {#- (reason, column, condition) of the defects that one cell can have, in the order of spec §1.
        Args: contract - from raw_contract. -#}
    {%- set defects = [] -%}
    {%- set numbers = ['amount', 'count', 'rate'] -%}
    {%- set unreadable = [('bad_timestamp', ['timestamp', 'date']), ('bad_number', numbers)] -%}
    {%- for name in contract | selectattr('required') | map(attribute='name') -%}
        {%- do defects.append(('missing_required', name, 'raw_' ~ name ~ ' is null')) -%}
    {%- endfor -%}
    {%- for reason, types in unreadable -%}
        {%- for column in contract if column.type in types and not column.lenient -%}
            {%- set condition = 'raw_' ~ column.name ~ ' is not null and '
                ~ column.name ~ ' is null' -%}
            {%- do defects.append((reason, column.name, condition)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for column in contract if column.type in numbers -%}
        {%- do defects.append(('negative_amount', column.name, column.name ~ ' < 0')) -%}
    {%- endfor -%}
    {{ return(defects) }}
{%- endmacro %}


{% macro checked_rows(defects) -%}
    {#- CTE `checked`: the first reason against each row of `looked_up` that lies in the row itself,
        and its column. Args: defects - (reason, column, condition); the first that applies
        wins. -#}
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
    )
{%- endmacro %}


{% macro ranked_rows(table) -%}
    {#- CTE `ranked`: the rank of each row of `checked` among the versions of its key. Only rows
        whose key occurs again are sorted: sorting all of them doubled the model's time. -#}
    {%- set keys = member_loyalty.raw_contract(table) | selectattr('key') | list -%}
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
    )
{%- endmacro %}


{% macro version_rank(table) -%}
    {#- 1 for the winner among the standing rows of one key (spec §1, `duplicate_superseded`): the
        greatest by the table's newest_by column, empty first, then by the raw cells in contract
        order; cells outside the contract come last. -#}
    {%- set contract = member_loyalty.raw_contract(table) -%}
    {%- set keys = contract | selectattr('key') | map(attribute='name') | list -%}
    {%- set cells = contract | map(attribute='name') | list
        + member_loyalty.extra_columns(table) -%}
    {%- set table_config = (member_loyalty.raw_source(table) or {}).get('config', {}) -%}
    {%- set newest_by = table_config.get('meta', {}).get('newest_by') -%}
    row_number() over (
        partition by {{ keys | join(', ') }}, first_reason is null
        order by
            {%- if newest_by %}
            {{ newest_by }} desc nulls last,
            {%- endif %}
            {%- for name in cells %}
            coalesce({{ adapter.quote('raw_' ~ name) }}, '') desc{{ ',' if not loop.last }}
            {%- endfor %}
    )
{%- endmacro %}


{% macro judged_rows(late_checks) -%}
    {#- CTE `judged`: the reason for which each row of `ranked` is rejected (null = it stands) and
        its column. Args: late_checks - (reason, column, condition) judged after duplicates. -#}
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
