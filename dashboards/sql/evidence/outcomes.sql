-- The outcomes by which scores are judged.
select value
from (values ('repurchase'), ('net_revenue'), ('new_referrals')) as outcomes (value)
