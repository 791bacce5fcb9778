-- The members with the most referrals in the referral window, at the last snapshot.
with accepted as (
    select
        referrer_member_id as member_id,
        count(*) as referrals_ever,
        count(activated_on) as activated_ever
    from fct_referrals
    where status = 'accepted'
    group by referrer_member_id
)

select
    scores.member_id,
    scores.referral_count,
    accepted.referrals_ever,
    accepted.activated_ever,
    scores.loyalty_score,
    quadrants.quadrant,
    quadrants.contribution_amount
from fct_loyalty_scores as scores
inner join fct_member_quadrants as quadrants
    on scores.snapshot_date = quadrants.snapshot_date and scores.member_id = quadrants.member_id
left join accepted on scores.member_id = accepted.member_id
where
    scores.snapshot_date = (select max(snapshot_date) from fct_loyalty_scores)
    and scores.referral_count > 0
order by scores.referral_count desc, accepted.referrals_ever desc, scores.member_id
limit 10
