{% macro cuts_in_one_row(cuts, measures) -%}
    {#- A query: the cuts of some measures side by side, <measure>_cut_<s> and <measure>_half_cut,
        one row a snapshot and partition. One join to it takes half the time of one join a measure.
        Args: cuts - relation with the columns of int_score_cuts; measures - list of names. -#}
    {%- set columns = ['half_cut'] -%}
    {%- for score in range(1, member_loyalty.checked_var('score_bins') + 1) -%}
        {%- do columns.append('cut_' ~ score) -%}
        {%- if var('tie_policy') == 'split' -%}
            {%- do columns.append('cut_' ~ score ~ '_member_id') -%}
        {%- endif -%}
    {%- endfor -%}
    select
        snapshot_number,
        score_partition
        {%- for measure in measures %}
        {%- for column in columns %},
        max(case when measure = '{{ measure }}' then {{ column }} end) as {{ measure }}_{{ column }}
        {%- endfor %}
        {%- endfor %}
    from {{ cuts }}
    group by snapshot_number, score_partition
{%- endmacro %}
