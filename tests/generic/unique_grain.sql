{% test unique_grain(model, columns, nullable=[]) %}
    {#- Keys that occur more than once, and keys with a null in a column that may not be null; where
        it may, a null counts as a value. Keys are compared where their hashes repeat: two thirds of
        the time of grouping by long ids.
        Args: columns - names of the key's columns; nullable - those of them that may be null. -#}
    with repeated_hashes as (
        select {{ member_loyalty.row_hash(columns) }} as grain_hash
        from {{ model }}
        group by {{ member_loyalty.row_hash(columns) }}
        having count(*) > 1
    )

    select
        {{ columns | join(', ') }},
        count(*) as occurrences
    from {{ model }}
    where {{ member_loyalty.row_hash(columns) }} in (select grain_hash from repeated_hashes)
        {%- for column in columns if column not in nullable %}
        or {{ column }} is null
        {%- endfor %}
    group by {{ columns | join(', ') }}
    having count(*) > 1
        {%- for column in columns if column not in nullable %}
        or {{ column }} is null
        {%- endfor %}
{% endtest %}
