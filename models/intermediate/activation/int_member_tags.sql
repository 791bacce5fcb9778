{{ config(materialized='view') }}

{#- The tags that a build has to write: those that begin at a due snapshot; those of before that end
    at one; and those that the last build had ended at a snapshot that is gone or due, and that now
    hold on. -#}
with changes as (
    select * from {{ ref('int_tag_changes') }}
),

opening as (
    select * from {{ ref('int_opening_tags') }}
)

select
    member_id,
    tag_family,
    snapshot_date as valid_from,
    to_tag as tag,
    next_date as valid_to
from changes
where to_tag is not null
union all
select
    opening.member_id,
    opening.tag_family,
    opening.valid_from,
    opening.tag,
    changes.snapshot_date as valid_to
from changes
inner join opening
    on changes.member_id = opening.member_id
    and changes.tag_family = opening.tag_family
where changes.is_first and changes.from_tag is not null
union all
select
    opening.member_id,
    opening.tag_family,
    opening.valid_from,
    opening.tag,
    cast(null as date) as valid_to
from opening
left join changes
    on opening.member_id = changes.member_id
    and opening.tag_family = changes.tag_family
    and changes.is_first
where opening.valid_to is not null and changes.member_id is null
