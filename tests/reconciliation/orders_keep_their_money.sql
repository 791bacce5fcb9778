-- fct_orders holds the staged orders and their money to the cent, status by status, and the refunds
-- dated up to as_of_date. One row per status or total that differs.
with staged as (
    select
        order_status as total,
        count(*) as orders,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_before_refund) as net_before_refund,
        sum(cost_amount) as cost_amount
    from {{ ref('stg_orders') }}
    group by order_status
),

shown as (
    select
        status as total,
        count(*) as orders,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_before_refund) as net_before_refund,
        sum(cost_amount) as cost_amount
    from {{ ref('fct_orders') }}
    group by status
),

staged_refunds as (
    select coalesce(sum(refunds.refund_amount), 0) as refund_amount
    from {{ ref('stg_order_refunds') }} as refunds
    inner join {{ ref('int_as_of_date') }} as as_of_date
        on refunds.refunded_on <= as_of_date.as_of_date
),

shown_refunds as (
    select coalesce(sum(refund_amount), 0) as refund_amount
    from {{ ref('fct_orders') }}
),

differing as (
    select coalesce(staged.total, shown.total) as total
    from staged
    full join shown on staged.total = shown.total
    where staged.orders is distinct from shown.orders
        or staged.gross_amount is distinct from shown.gross_amount
        or staged.discount_amount is distinct from shown.discount_amount
        or staged.net_before_refund is distinct from shown.net_before_refund
        or staged.cost_amount is distinct from shown.cost_amount
    union all
    select 'refunds' as total
    from staged_refunds
    inner join shown_refunds on staged_refunds.refund_amount <> shown_refunds.refund_amount
)

select
    total,
    concat('fct_orders and staging differ: ', total) as problem
from differing
