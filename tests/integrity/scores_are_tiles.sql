{%- set bins = var('score_bins') -%}
{%- set first_rank = 'highest_rank - members + 1' -%}
-- By quantiles a score is a tile of NTILE(score_bins) over the active (spec §3): the rank by which
-- its values are dealt (of its first member, under tie_policy high of its last) lies in that tile;
-- where ties are split the tile begins there exactly. One row per score that does not.
with tiles as (
    select
        snapshot_date,
        score_partition,
        measure,
        within_scores,
        case when measure = 'recency' then {{ bins + 1 }} - score else score end as tile,
        members
    from {{ member_loyalty.rows_to_test(ref('agg_score_bounds')) }}
    where score > 0 and method = 'quantile'
),

ranked as (
    select
        tiles.*,
        cast(sum(members) over (
            partition by snapshot_date, score_partition, measure, within_scores
            order by tile
            rows between unbounded preceding and current row
        ) as bigint) as highest_rank,
        cast(sum(members) over (
            partition by snapshot_date, score_partition, measure, within_scores
        ) as bigint) as active_members
    from tiles
),

sized as (
    select
        ranked.*,
        {{ 'highest_rank' if var('tie_policy') == 'high' else first_rank }} as dealt_rank,
        {{ member_loyalty.int_div('active_members', bins) }} as smaller_tile,
        mod(active_members, {{ bins }}) as larger_tiles
    from ranked
),

placed as (
    select
        sized.*,
        (tile - 1) * smaller_tile + least(tile - 1, larger_tiles) + 1 as tile_start,
        tile * smaller_tile + least(tile, larger_tiles) as tile_end
    from sized
)

select * from placed
where (
    dealt_rank between tile_start
    and {{ 'tile_start' if var('tie_policy') == 'split' else 'tile_end' }}
) is not true
