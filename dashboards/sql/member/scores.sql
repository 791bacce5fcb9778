-- The member's scores at each snapshot.
select snapshot_date, r_score, f_score, m_score
from fct_rfm_scores
where member_id = $member and score_partition = 'all'
order by snapshot_date
