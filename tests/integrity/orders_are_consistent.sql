-- Arithmetic of an order (spec §2): net = gross less discount, revenue = net less refunds and never
-- below 0, valid where no reason speaks against it, void only where something was refunded. One row
-- per order that breaks it.
select
    order_id,
    gross_amount,
    discount_amount,
    net_before_refund,
    refund_amount,
    net_revenue,
    is_valid,
    invalid_reason
from {{ member_loyalty.rows_to_test(ref('fct_orders')) }}
where (
    gross_amount - discount_amount = net_before_refund
    and net_revenue = greatest(net_before_refund - refund_amount, 0)
    and is_valid = (invalid_reason is null)
    and (is_valid = false or (status = 'successful' and member_id is not null))
    and (coalesce(invalid_reason, '') <> 'void' or net_revenue = 0)
    and ((invalid_reason = 'guest') is not true or member_id is null)
) is not true
