-- agg_rfm_cells and agg_score_bounds count every row of fct_rfm_scores once, and its money to the
-- cent. One row per snapshot and partition that differs.
with scores as (
    select
        snapshot_date,
        score_partition,
        count(*) as members,
        sum(monetary_amount) as net_revenue
    from {{ member_loyalty.rows_to_test(ref('fct_rfm_scores')) }}
    group by snapshot_date, score_partition
),

cells as (
    select
        snapshot_date,
        score_partition,
        sum(members) as members,
        sum(net_revenue) as net_revenue
    from {{ member_loyalty.rows_to_test(ref('agg_rfm_cells')) }}
    group by snapshot_date, score_partition
),

bounds as (
    select
        snapshot_date,
        score_partition,
        measure,
        sum(members) as members
    from {{ member_loyalty.rows_to_test(ref('agg_score_bounds')) }}
    group by snapshot_date, score_partition, measure
),

-- Three measures in each partition, and four more in `all`.
measures as (
    select
        snapshot_date,
        score_partition,
        count(*) as measures,
        min(members) as least_members,
        max(members) as most_members
    from bounds
    group by snapshot_date, score_partition
),

joined as (
    select
        coalesce(scores.snapshot_date, cells.snapshot_date, measures.snapshot_date)
            as snapshot_date,
        coalesce(scores.score_partition, cells.score_partition, measures.score_partition)
            as score_partition,
        scores.members,
        cells.members as cell_members,
        measures.least_members,
        measures.most_members,
        measures.measures,
        scores.net_revenue,
        cells.net_revenue as cell_revenue
    from scores
    full join cells
        on scores.snapshot_date = cells.snapshot_date
        and scores.score_partition = cells.score_partition
    full join measures
        on coalesce(scores.snapshot_date, cells.snapshot_date) = measures.snapshot_date
        and coalesce(scores.score_partition, cells.score_partition) = measures.score_partition
)

select * from joined
where (
    members = cell_members
    and members = least_members
    and members = most_members
    and measures = case when score_partition = 'all' then 7 else 3 end
    and net_revenue = cell_revenue
) is not true
