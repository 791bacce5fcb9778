{% macro check_seed() %}
    {#-
        Stops the load of a seed whose file is not what its yml entry says: other columns, or a cell
        that is no value of its column's type as it stands. An engine would round 2.5 to a score of
        3 and read 2/1/2024 as either of two days, and say nothing. The pre-hook of each seed.
    -#}
    {%- if not execute -%}
        {{ return('') }}
    {%- endif -%}
    {%- set table, types = load_agate_table(), model.config.column_types -%}
    {%- set problems = [] -%}
    {%- if table.column_names | list != types | list -%}
        {%- do problems.append(
            'columns are ' ~ table.column_names | join(', ') ~ '; legal: ' ~ types | join(', ')
        ) -%}
    {%- else -%}
        {%- for row in table.rows -%}
            {%- set number = loop.index -%}
            {%- for name, type in types.items()
                if row[name] is not none and not member_loyalty.is_cell_of(row[name], type) -%}
                {%- do problems.append(
                    'row ' ~ number ~ ', ' ~ name ~ ' is ' ~ member_loyalty.shown_value(row[name])
                    ~ '; legal: ' ~ member_loyalty.cell_of_in_words(type)
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(
            model.original_file_path ~ ': ' ~ problems[:10] | join('\n')
        ) }}
    {%- endif -%}
{% endmacro %}


{% macro is_cell_of(cell, type) %}
    {#- Whether the text of a cell is a value of a seed's column type as it stands. -#}
    {%- if type == 'date' -%}
        {{ return(member_loyalty.is_date_text(cell)) }}
    {%- elif type == 'integer' -%}
        {{ return(modules.re.fullmatch('-?[0-9]{1,9}', cell) is not none) }}
    {%- elif type.startswith('decimal') -%}
        {%- set digits, places = member_loyalty.digits_of(type) -%}
        {%- set pattern = '-?[0-9]{1,' ~ (digits - places) ~ '}(\\.[0-9]{1,' ~ places ~ '})?' -%}
        {{ return(modules.re.fullmatch(pattern, cell) is not none) }}
    {%- endif -%}
    {{ return(cell == cell | trim) }}
{% endmacro %}


{% macro cell_of_in_words(type) %}
    {#- The legal cells of a seed's column type in words, for the message. -#}
    {%- if type.startswith('decimal') -%}
        {%- set places = member_loyalty.digits_of(type)[1] -%}
        {{ return('a number such as 2.5, at most ' ~ places ~ ' places') }}
    {%- endif -%}
    {{ return({
        'date': 'a real date as YYYY-MM-DD', 'integer': 'a whole number',
        'string': 'text without blanks around it',
    }[type]) }}
{% endmacro %}


{% macro digits_of(type) %}
    {#- All digits, and places after the point, of a type such as decimal(18,4). -#}
    {{ return(modules.re.findall('[0-9]+', type) | map('int') | list) }}
{% endmacro %}
