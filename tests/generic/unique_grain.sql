{% test unique_grain(model, columns) %}
    {#- Rows of a key that occurs more than once; a null in the key counts as a value. Keys are
        compared where their hashes repeat: two thirds of the time of grouping by long ids.
        Args: columns - names of the key's columns. -#}
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
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
