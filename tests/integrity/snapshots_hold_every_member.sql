{%- set marts = [
    ('fct_rfm_scores', 'enrolled', "score_partition = 'all'"),
    ('fct_loyalty_scores', 'enrolled', 'true'),
    ('fct_member_quadrants', 'enrolled', 'true'),
    ('fct_lifecycle_snapshots', 'known', 'true'),
    ('fct_aipl_stages', 'known', 'member_id is not null'),
] -%}
-- At each published snapshot every member enrolled then has a row in fct_rfm_scores (`all`),
-- fct_loyalty_scores and fct_member_quadrants, every member known then one in
-- fct_lifecycle_snapshots and fct_aipl_stages (spec §2 to §4), and no other snapshot has any. One
-- row per snapshot and mart that differs, said in `problem`.
with snapshots as (
    select snapshot_date from {{ ref('int_snapshot_dates') }}
    where is_published
),

-- Members that share their dates are counted together: the join to snapshots stays small.
dates as (
    select
        first_seen_on,
        joined_on,
        closed_on,
        count(*) as members
    from {{ ref('dim_members') }}
    group by first_seen_on, joined_on, closed_on
),

members as (
    select
        snapshots.snapshot_date,
        sum(case when dates.joined_on <= snapshots.snapshot_date then dates.members else 0 end)
            as enrolled,
        sum(dates.members) as known
    from snapshots
    inner join dates
        on snapshots.snapshot_date >= dates.first_seen_on
        and (dates.closed_on is null or snapshots.snapshot_date < dates.closed_on)
    group by snapshots.snapshot_date
),

expected as (
    {%- for mart, who, condition in marts %}
    {{ 'union all' if not loop.first }}
    select
        snapshot_date,
        '{{ mart }}' as mart,
        {{ who }} as members
    from members
    where {{ who }} > 0
    {%- endfor %}
),

found as (
    {%- for mart, who, condition in marts %}
    {{ 'union all' if not loop.first }}
    select
        snapshot_date,
        '{{ mart }}' as mart,
        count(*) as members
    from {{ ref(mart) }}
    where {{ condition }}
    group by snapshot_date
    {%- endfor %}
)

select
    coalesce(expected.snapshot_date, found.snapshot_date) as snapshot_date,
    coalesce(expected.mart, found.mart) as mart,
    concat(
        coalesce(expected.mart, found.mart), ' of ',
        coalesce(expected.snapshot_date, found.snapshot_date), ': ', coalesce(found.members, 0),
        ' members instead of ', coalesce(expected.members, 0)
    ) as problem
from expected
full join found
    on expected.snapshot_date = found.snapshot_date
    and expected.mart = found.mart
where expected.members is distinct from found.members
