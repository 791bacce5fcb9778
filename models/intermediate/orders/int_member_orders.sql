with orders as (
    {{ member_loyalty.only_restated(
        ref('int_orders'), 'member_id', ref('int_restated_persons')
    ) }}
),

as_of_date as (
    select * from {{ ref('int_as_of_date') }}
)

select
    orders.order_id,
    orders.member_id,
    orders.ordered_on,
    {%- for column in member_loyalty.checked_var('score_partitions') %}
    orders.{{ column }},
    {%- endfor %}
    orders.gross_amount,
    orders.discount_amount,
    orders.net_before_refund,
    orders.net_amount_at_expiry,
    coalesce(orders.cost_amount, 0) as cost_amount,
    orders.is_full_price,
    case when orders.void_on <= as_of_date.as_of_date then orders.void_on end as void_on
from orders
inner join as_of_date on orders.ordered_on <= as_of_date.as_of_date
where {{ member_loyalty.can_be_valid() }}
