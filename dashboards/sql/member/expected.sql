-- What is to be expected of the member: own rhythm, and scripts/fit_value.py.
select
    members.mean_gap_days,
    members.expected_next_order_on,
    expected.p_purchase_90d,
    expected.expected_purchases_365d,
    expected.expected_value_365d,
    case
        when members.expected_next_order_on is null then 'unknown'
        when members.expected_next_order_on < expected.snapshot_date then 'overdue'
        else 'due'
    end as wording
from dim_members as members
inner join fct_member_value as expected on members.member_id = expected.member_id
where
    members.member_id = $member
    and members.first_order_on is not null
