{#- Successful orders that no member's days hold: of guests and unknown members, and those void on
    the day of the order. Few, so that they are counted anew in each build. -#}
with as_of_date as (
    select * from {{ ref('int_as_of_date') }}
),

orders as (
    select
        orders.order_id,
        orders.ordered_on,
        {{ member_loyalty.channel_of('members.acquisition_channel') }} as channel,
        orders.gross_amount,
        orders.discount_amount,
        orders.net_before_refund
    from {{ ref('int_orders') }} as orders
    inner join as_of_date on orders.ordered_on <= as_of_date.as_of_date
    left join {{ ref('int_members') }} as members on orders.member_id = members.member_id
    where orders.order_status = 'successful' and not ({{ member_loyalty.can_be_valid() }})
),

refund_days as (
    select
        refunds.order_id,
        refunds.refunded_on,
        sum(refunds.refund_amount) as refund_amount
    from {{ ref('stg_order_refunds') }} as refunds
    inner join as_of_date on refunds.refunded_on <= as_of_date.as_of_date
    group by refunds.order_id, refunds.refunded_on
),

running as (
    select
        orders.channel,
        orders.net_before_refund,
        refund_days.refunded_on,
        refund_days.refund_amount,
        sum(refund_days.refund_amount) over (
            partition by refund_days.order_id
            order by refund_days.refunded_on
            rows between unbounded preceding and current row
        ) as running_amount
    from refund_days
    inner join orders on refund_days.order_id = orders.order_id
)

select
    ordered_on as counted_on,
    channel,
    count(*) as orders,
    sum(gross_amount) as gross_revenue,
    sum(discount_amount) as discounts,
    cast(0 as decimal(18, 2)) as refunds
from orders
group by ordered_on, channel
union all
select
    refunded_on as counted_on,
    channel,
    0 as orders,
    0 as gross_revenue,
    0 as discounts,
    sum({{ member_loyalty.capped_refund('running_amount', 'refund_amount', 'net_before_refund') }})
        as refunds
from running
group by refunded_on, channel
