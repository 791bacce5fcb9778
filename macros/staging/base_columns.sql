{% macro base_columns(table) -%}
    {#- What a base model keeps of `judged`: the parsed columns (the member and the visitor of an
        erased row are null: no erased id stays), and for a rejected row its reason, column, key and
        cells as JSON. -#}
    {%- set contract = member_loyalty.raw_contract(table) -%}
    {%- set keys = contract | selectattr('key') | map(attribute='name') | list -%}
    {%- set shown -%}
        reject_reason <> '{{ 'duplicate_superseded' if table == 'erasures' else 'erased_member' }}'
    {%- endset -%}
    {%- for column in contract %}
    {%- if column.name.endswith('member_id') or column.name == 'visitor_id' %}
    case when not is_erased then {{ column.name }} end as {{ column.name }},
    {%- elif column.default is not none and column.default is defined %}
    {%- set default = column.default if column.type == 'amount' else "'" ~ column.default ~ "'" %}
    coalesce({{ column.name }}, {{ default }}) as {{ column.name }},
    {%- else %}
    {{ column.name }},
    {%- endif %}
    {%- endfor %}
    reject_reason,
    reject_column,
    {% if keys -%}
    case when {{ shown }} then {{ member_loyalty.raw_key_json(keys) }} end
    {%- else -%}
    {{ member_loyalty.as_text('null') }}
    {%- endif %} as row_key,
    case when {{ shown }} then {{ member_loyalty.raw_json(table) }} end as raw_row
    {%- if keys and model.config.materialized == 'incremental' %},
    {{ 'changed_keys.' if is_incremental() }}key_hash,
    row_hash
    {%- endif %}
{%- endmacro %}


{% macro raw_cell_json(column) -%}
    {#- A cell of a raw row as a JSON string, null where it is blank. -#}
    coalesce({{ member_loyalty.json_string(adapter.quote('raw_' ~ column)) }}, 'null')
{%- endmacro %}


{% macro raw_key_json(keys) -%}
    {#- The raw key cells as a JSON array. Args: keys - names of the key columns. -#}
    concat('['
    {%- for key in keys -%}
        , {{ member_loyalty.raw_cell_json(key) }}, '{{ ',' if not loop.last else ']' }}'
    {%- endfor -%}
    )
{%- endmacro %}


{% macro raw_json(table) -%}
    {#- The whole raw row as a JSON object, columns in file order, blank cells null. -#}
    concat('{'
    {%- for column in member_loyalty.raw_file_columns(table) -%}
        , {{ member_loyalty.quoted(tojson(column) ~ ':') }}
        , {{ member_loyalty.raw_cell_json(column | lower) }}
        {%- if not loop.last %}, ','{% endif -%}
    {%- endfor -%}
    , '}')
{%- endmacro %}
