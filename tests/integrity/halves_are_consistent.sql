-- At each snapshot the upper half begins beyond the lower, by contribution and by loyalty score,
-- and a quadrant says both halves (spec §3). A contribution of 0 is left out of the lower half: it
-- may be that of an inactive member, while a margin can be negative. One row per snapshot that
-- breaks it.
with quadrants as (
    select * from {{ member_loyalty.rows_to_test(ref('fct_member_quadrants')) }}
),

judged as (
    select
        quadrants.*,
        quadrant = {{ member_loyalty.quadrant('contribution_half', 'loyalty_half') | indent(8) }}
            as is_rightly_named
    from quadrants
),

halves as (
    select
        snapshot_date,
        min(case when contribution_half = 1 then contribution_amount end) as upper_contribution,
        max(case
            when contribution_half = 0 and contribution_amount <> 0 then contribution_amount
        end) as lower_contribution,
        min(case when loyalty_half = 1 then loyalty_score end) as upper_loyalty,
        max(case when loyalty_half = 0 then loyalty_score end) as lower_loyalty,
        count(case when is_rightly_named is not true then 1 end) as wrong_quadrants
    from judged
    group by snapshot_date
)

select * from halves
where upper_contribution <= lower_contribution
    or upper_loyalty <= lower_loyalty
    or upper_loyalty <= 0
    or wrong_quadrants > 0
