with standing as (
    select * from {{ ref('base_order_refunds') }}
    where reject_reason is null
),

running as (
    select
        standing.*,
        sum(refund_amount) over (
            partition by order_id
            order by refunded_at, refund_id
            rows between unbounded preceding and current row
        ) as original_running_amount
    from standing
),

converted as (
    select
        running.*,
        {{ member_loyalty.in_reporting_currency('original_running_amount', 'exchange_rate') }}
            as running_amount
    from running
),

stepped as (
    select
        converted.*,
        running_amount - coalesce(lag(running_amount) over (
            partition by order_id
            order by refunded_at, refund_id
        ), 0) as step_amount
    from converted
)

select
    refund_id,
    order_id,
    refunded_at,
    cast(refunded_at as date) as refunded_on,
    cast(step_amount as decimal(18, 2)) as refund_amount,
    cast(original_running_amount as decimal(19, 6)) as original_running_amount
from stepped
