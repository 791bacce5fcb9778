-- A tag of a family begins at the snapshot at which the member's tag of before ends: no gap, no
-- overlap, no second open tag (spec §6). One row per tag that breaks it.
with begun as (
    select * from {{ member_loyalty.rows_to_test(ref('fct_member_tags')) }}
),

followed as (
    select
        begun.member_id,
        begun.tag_family,
        begun.valid_from,
        max(coalesce(earlier.valid_to, date '9999-12-31')) as earlier_valid_to,
        max(case when earlier.tag = begun.tag and earlier.valid_to = begun.valid_from then 1 end)
            as is_split
    from begun
    inner join {{ ref('fct_member_tags') }} as earlier
        on begun.member_id = earlier.member_id
        and begun.tag_family = earlier.tag_family
        and begun.valid_from > earlier.valid_from
    group by begun.member_id, begun.tag_family, begun.valid_from
)

select
    member_id,
    tag_family,
    valid_from,
    case
        when earlier_valid_to > valid_from then 'the tag before ends later'
        when earlier_valid_to < valid_from then 'no tag between this and the one before'
        else 'the same tag as before, in two rows'
    end as problem
from followed
where (earlier_valid_to = valid_from and is_split is null) is not true
