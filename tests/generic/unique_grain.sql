{% test unique_grain(model, columns) %}
    {#- Rows of a key that occurs more than once; a null in the key counts as a value.
        Args: columns - names of the key's columns. -#}
    select
        {{ columns | join(', ') }},
        count(*) as occurrences
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
