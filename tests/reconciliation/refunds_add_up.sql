-- The refunds of an order add up to their sum in its own currency, converted once and rounded to
-- the cent (spec §1, money). One row per order that does not.
with raw_refunds as (
    select
        order_id,
        {{ member_loyalty.in_reporting_currency('sum(refund_amount)', 'max(exchange_rate)') }}
            as refund_amount
    from {{ ref('base_order_refunds') }}
    where reject_reason is null
    group by order_id
),

staged_refunds as (
    select
        order_id,
        sum(refund_amount) as refund_amount
    from {{ ref('stg_order_refunds') }}
    group by order_id
)

select
    coalesce(raw_refunds.order_id, staged_refunds.order_id) as order_id,
    raw_refunds.refund_amount as raw_refund_amount,
    staged_refunds.refund_amount as staged_refund_amount
from raw_refunds
full join staged_refunds on raw_refunds.order_id = staged_refunds.order_id
where raw_refunds.refund_amount is distinct from staged_refunds.refund_amount
