{% macro score_cuts(values, measures, parents=[]) -%}
    {#- CTEs that end in `cuts`: for each snapshot, partition and measure the least value of each
        score (cut_<s>, by tiles or by seed score_thresholds) and the value that begins the upper
        half. A score depends on the value alone, so members are counted by value, not ranked one by
        one: that is exact where values tie, and scales out. Only where ties are split is each
        member ranked. Spec §3.
        Args: values - CTE with snapshot_number, score_partition, measure, member_id, measure_value;
        measures - list of their names; parents - columns of values, scores within which is cut. -#}
    {%- set groups = ['snapshot_number', 'score_partition'] + parents -%}
    {{ member_loyalty.counted_values(values, measures, groups) }},

    {{ member_loyalty.ranked_values(groups) }},

    {{ member_loyalty.value_tiles(groups) }},

    {% if var('tie_policy') == 'split' -%}
    {{ member_loyalty.member_tiles(values, groups) }},
    {%- endif %}

    {{ member_loyalty.threshold_bounds() }},

    {{ member_loyalty.chosen_cuts(groups) }}
{%- endmacro %}


{% macro counted_values(values, measures, groups) -%}
    {#- CTEs `counted`, the members of each value, and `totals`, the members of each measure. Each
        measure is counted by itself, which halves the keys to hash. Args: as score_cuts; groups -
        columns within which is cut. -#}
    counted as (
        {%- for measure in measures %}
        {{ 'union all' if not loop.first }}
        select
            {{ groups | join(', ') }},
            '{{ measure }}' as measure,
            measure_value,
            count(*) as members
        from {{ values }}
        where measure = '{{ measure }}'
        group by {{ groups | join(', ') }}, measure_value
        {%- endfor %}
    ),

    totals as (
        select
            {{ groups | join(', ') }},
            measure,
            sum(members) as active_members
        from counted
        group by {{ groups | join(', ') }}, measure
    )
{%- endmacro %}


{% macro ranked_values(groups) -%}
    {#- CTE `ranked`: the lowest and the highest rank among the members of each value of
        `counted`. Args: as counted_values. -#}
    ranked as (
        select
            counted.*,
            (sum(members) over by_value) - members + 1 as lowest_rank,
            sum(members) over by_value as highest_rank,
            totals.active_members
        from counted
        inner join totals
            on counted.measure = totals.measure
            {%- for column in groups %}
            and counted.{{ column }} = totals.{{ column }}
            {%- endfor %}
        window by_value as (
            partition by counted.measure
                {%- for column in groups %}, counted.{{ column }}{% endfor %}
            order by measure_value
            rows between unbounded preceding and current row
        )
    )
{%- endmacro %}


{% macro value_tiles(groups) -%}
    {#- CTE `tiles`: the least value of each tile of `ranked`, ties whole, and the value that begins
        the upper half. Args: as counted_values. -#}
    tiles as (
        select
            {{ groups | join(', ') }},
            measure,
            {%- for tile in range(1, member_loyalty.checked_var('score_bins') + 1) %}
            min(case
                when {{ member_loyalty.tie_rank() }}
                    >= {{ member_loyalty.tile_start(tile, 'active_members') }}
                    then measure_value
            end) as tile_{{ tile }},
            {%- endfor %}
            {%- set is_upper = member_loyalty.is_in_upper_half('measure') %}
            case
                when measure = 'recency' then max(case when {{ is_upper }} then measure_value end)
                else min(case when {{ is_upper }} then measure_value end)
            end as half_cut
        from ranked
        group by {{ groups | join(', ') }}, measure
    )
{%- endmacro %}


{% macro member_tiles(values, groups) -%}
    {#- CTEs that end in `split_cuts`: value and id of the first member of each tile where ties are
        split, by member_id. Args: as counted_values. -#}
    members_ranked as (
        select
            members.*,
            row_number() over by_value as own_rank,
            count(*) over everyone as active_members
        from {{ values }} as members
        window
            everyone as (partition by {{ groups | join(', ') }}, measure),
            by_value as (
                partition by {{ groups | join(', ') }}, measure
                order by measure_value, member_id
            )
    ),

    split_cuts as (
        select
            {{ groups | join(', ') }},
            measure
            {%- for tile in range(1, member_loyalty.checked_var('score_bins') + 1) %},
            {%- set is_first = 'own_rank = ' ~ member_loyalty.tile_start(tile, 'active_members') %}
            min(case when {{ is_first }} then measure_value end) as tile_{{ tile }},
            min(case when {{ is_first }} then member_id end) as tile_{{ tile }}_member_id
            {%- endfor %}
        from members_ranked
        group by {{ groups | join(', ') }}, measure
    )
{%- endmacro %}


{% macro threshold_bounds() -%}
    {#- CTE `thresholds`: the lower bounds of a measure's scores in seed score_thresholds. -#}
    thresholds as (
        select
            measure
            {%- for score in range(1, member_loyalty.checked_var('score_bins') + 1) %},
            min(case when score = {{ score }} then lower_bound end) as bound_{{ score }}
            {%- endfor %}
        from {{ ref('score_thresholds') }}
        group by measure
    )
{%- endmacro %}


{% macro chosen_cuts(groups) -%}
    {#- CTE `cuts`: the thresholds of a measure that has them, else its tiles; the lowest tile of
        recency is the best score. Args: as counted_values. -#}
    {%- set bins = member_loyalty.checked_var('score_bins') -%}
    {%- set split = var('tie_policy') == 'split' -%}
    {%- set tiled = 'split_cuts' if split else 'tiles' -%}
    cuts as (
        select
            {%- for column in groups %}
            tiles.{{ column }},
            {%- endfor %}
            tiles.measure,
            {%- for score in range(1, bins + 1) %}
            case
                when thresholds.measure is not null then thresholds.bound_{{ score }}
                when tiles.measure = 'recency' then {{ tiled }}.tile_{{ bins + 1 - score }}
                else {{ tiled }}.tile_{{ score }}
            end as cut_{{ score }},
            {%- if split %}
            case
                when thresholds.measure is not null then null
                when tiles.measure = 'recency' then split_cuts.tile_{{ bins + 1 - score }}_member_id
                else split_cuts.tile_{{ score }}_member_id
            end as cut_{{ score }}_member_id,
            {%- endif %}
            {%- endfor %}
            tiles.half_cut
        from tiles
        {%- if split %}
        inner join split_cuts
            on tiles.measure = split_cuts.measure
            {%- for column in groups %}
            and tiles.{{ column }} = split_cuts.{{ column }}
            {%- endfor %}
        {%- endif %}
        left join thresholds on tiles.measure = thresholds.measure
    )
{%- endmacro %}
