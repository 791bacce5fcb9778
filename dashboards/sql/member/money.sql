-- The member's money in the window and loyalty score at each snapshot.
select scores.snapshot_date, scores.monetary_amount, loyalty.loyalty_score
from fct_rfm_scores as scores
inner join fct_loyalty_scores as loyalty
    on scores.snapshot_date = loyalty.snapshot_date and scores.member_id = loyalty.member_id
where scores.member_id = $member and scores.score_partition = 'all'
order by scores.snapshot_date
