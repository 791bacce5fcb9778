{#- An order belongs to one campaign: that of the latest send to the member before it, be it to the
    treatment or to the control group, as long as the window lasts. -#}
with sends as (
    select * from {{ ref('int_campaign_sends') }}
),

reached as (
    select
        member_id,
        min(sent_on) as first_sent_on
    from sends
    group by member_id
),

orders as (
    select
        orders.order_id,
        orders.member_id,
        orders.ordered_at,
        orders.ordered_on,
        orders.net_revenue
    from {{ ref('fct_orders') }} as orders
    inner join reached
        on orders.member_id = reached.member_id and orders.ordered_on >= reached.first_sent_on
    where orders.is_valid
),

candidates as (
    select
        orders.order_id,
        orders.member_id,
        orders.net_revenue,
        sends.campaign_id,
        row_number() over (
            partition by orders.order_id
            order by sends.sent_at desc, sends.campaign_id asc
        ) as nearness
    from orders
    inner join sends
        on orders.member_id = sends.member_id
        and orders.ordered_on <= sends.sent_on + {{ var('campaign_window_days') }}
    where {{ member_loyalty.is_after_send() | indent(4) }}
)

select
    order_id,
    campaign_id,
    member_id,
    net_revenue
from candidates
where nearness = 1
