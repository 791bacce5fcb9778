-- 23:30 UTC is half past midnight in Berlin: the order belongs to the next day. One row if not.
select
    order_id,
    ordered_at
from {{ ref('member_loyalty', 'fct_orders') }}
where order_id = 's03' and ordered_at <> timestamp '2024-03-02 00:30:00'
