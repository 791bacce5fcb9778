-- The labels whose share moved most between the last two snapshots.
select
    subject,
    label,
    score,
    share_before,
    share_after,
    share_shift,
    from_date,
    to_date
from agg_population_shares
where
    to_date = (select max(to_date) from agg_population_shares)
    and share_shift is not null
order by abs(share_shift) desc, subject, label
limit 12
