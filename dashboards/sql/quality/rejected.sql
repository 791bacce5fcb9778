-- Rejected rows by table and reason.
select source_table, reason, count(*) as rows_rejected
from rejected_rows
group by source_table, reason
