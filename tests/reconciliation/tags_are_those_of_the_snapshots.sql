-- At each snapshot date the tags that hold are exactly the members' segments there: the same
-- number and the same sum of hashes in each family (spec §6). One row per snapshot and family that
-- differs.
{%- set families = member_loyalty.tag_families() %}
with segments as (
    select * from {{ member_loyalty.rows_to_test(ref('int_member_segments')) }}
),

expected as (
    {%- for family in families %}
    {{ 'union all' if not loop.first }}
    select
        snapshot_date,
        '{{ family }}' as tag_family,
        count({{ family }}) as tags,
        coalesce(sum(case
            when {{ family }} is not null then {{ member_loyalty.row_hash(['member_id', family]) }}
        end), 0) as tag_hash
    from segments
    group by snapshot_date
    {%- endfor %}
),

hashed as (
    select
        tag_family,
        valid_from,
        valid_to,
        {{ member_loyalty.row_hash(['member_id', 'tag']) }} as tag_hash
    from {{ ref('fct_member_tags') }}
),

steps as (
    select
        tag_family,
        valid_from as step_on,
        count(*) as tags,
        sum(tag_hash) as tag_hash
    from hashed
    group by tag_family, valid_from
    union all
    select
        tag_family,
        valid_to as step_on,
        -count(*) as tags,
        -sum(tag_hash) as tag_hash
    from hashed
    where valid_to is not null
    group by tag_family, valid_to
),

found as (
    select
        expected.snapshot_date,
        expected.tag_family,
        expected.tags as expected_tags,
        expected.tag_hash as expected_hash,
        coalesce(sum(steps.tags), 0) as tags,
        coalesce(sum(steps.tag_hash), 0) as tag_hash
    from expected
    left join steps
        on expected.tag_family = steps.tag_family
        and expected.snapshot_date >= steps.step_on
    group by
        expected.snapshot_date, expected.tag_family, expected.tags, expected.tag_hash
)

select
    snapshot_date,
    tag_family,
    concat(tags, ' tags instead of ', expected_tags, ', or others') as problem
from found
where (tags = expected_tags and tag_hash = expected_hash) is not true
