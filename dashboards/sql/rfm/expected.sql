-- What each segment is expected to bring, by scripts/fit_value.py: enrolled members only.
select
    members.rfm_segment,
    count(*) as members,
    sum(expected.p_purchase_90d) as buyers_90d,
    sum(expected.p_purchase_90d) / count(*) as share_buying_90d,
    sum(expected.expected_value_365d) as value_365d,
    sum(expected.expected_value_365d) / nullif(sum(sum(expected.expected_value_365d)) over (), 0)
        as share_of_value,
    sum(expected.expected_value_365d) / count(*) as value_per_member
from dim_members as members
inner join fct_member_value as expected on members.member_id = expected.member_id
where
    members.rfm_segment is not null
    and expected.p_alive is not null
group by members.rfm_segment
