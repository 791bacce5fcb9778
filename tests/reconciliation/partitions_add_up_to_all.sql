-- Every order has one value of each column of score_partitions, so at each snapshot the revenue of
-- a column's partitions adds up to that of `all` (spec §3). One row per snapshot and column that
-- does not.
with scores as (
    select
        snapshot_date,
        score_partition,
        sum(monetary_amount) as monetary_amount
    from {{ member_loyalty.rows_to_test(ref('fct_rfm_scores')) }}
    group by snapshot_date, score_partition
),

totals as (
    select
        snapshot_date,
        'all' as partition_column,
        monetary_amount as all_amount,
        monetary_amount as partition_amount
    from scores
    where score_partition = 'all'
    {%- for column in var('score_partitions') %}
    union all
    select
        snapshot_date,
        '{{ column }}' as partition_column,
        sum(case when score_partition = 'all' then monetary_amount else 0 end) as all_amount,
        sum(case
            when substring(score_partition, 1, {{ column | length + 1 }}) = '{{ column }}='
                then monetary_amount
            else 0
        end) as partition_amount
    from scores
    group by snapshot_date
    {%- endfor %}
)

select * from totals
where (all_amount = partition_amount) is not true
