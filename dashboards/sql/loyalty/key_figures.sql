-- Loyalty at the last snapshot in one line.
select
    count(*) as members,
    sum(case when loyalty_score > 0 then 1 else 0 end) as scored_members,
    sum(case when referral_count > 0 then 1 else 0 end) as referrers,
    sum(referral_count) as referrals,
    max(loyalty_score) as greatest_score
from fct_loyalty_scores
where snapshot_date = (select max(snapshot_date) from fct_loyalty_scores)
having count(*) > 0
