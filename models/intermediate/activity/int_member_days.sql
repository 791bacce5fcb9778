{{ config(
    materialized='incremental',
    incremental_strategy='restated',
    restated_by='member_id',
    on_schema_change='sync_all_columns',
) }}

{#- Each day tells what the member did before and next, so that members are counted once a period,
    on their first day in it, found again in the one before, and followed, by sums over days. -#}
{%- set grains = member_loyalty.period_grains() %}
with facts as (
    select * from {{ ref('int_member_day_facts') }}
),

members as (
    select * from {{ ref('int_members') }}
),

days as (
    select
        member_id,
        occurred_on,
        sum(orders) as orders,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(refund_amount) as refund_amount,
        sum(valid_orders) as valid_orders,
        sum(net_revenue) as net_revenue,
        case when sum(valid_orders) > 0 then occurred_on end as purchase_on,
        case when sum(valid_orders) > 0 or max(has_activity) > 0 then occurred_on end as active_on
    from facts
    group by member_id, occurred_on
),

followed as (
    select
        days.*,
        max(active_on) over earlier as previous_active_on,
        max(purchase_on) over earlier as previous_purchase_on,
        min(purchase_on) over (
            partition by member_id
            order by occurred_on
            rows between 1 following and unbounded following
        ) as next_purchase_on
    from days
    window earlier as (
        partition by member_id
        order by occurred_on
        rows between unbounded preceding and 1 preceding
    )
),

dated as (
    select
        followed.*,
        {%- for grain in grains %}
        {{ member_loyalty.period_start(grain, 'followed.occurred_on') }} as {{ grain }}_start,
        coalesce(recalls.is_recall_of_{{ grain }}, false) as is_recall_of_{{ grain }},
        {%- endfor %}
        members.joined_on,
        {{ member_loyalty.channel_of('members.acquisition_channel') }} as channel
    from followed
    inner join members on followed.member_id = members.member_id
    left join {{ ref('int_recalls') }} as recalls
        on followed.member_id = recalls.member_id
        and followed.purchase_on = recalls.purchase_on
)

select
    member_id,
    channel,
    joined_on,
    occurred_on,
    cast(orders as integer) as orders,
    cast(gross_amount as decimal(18, 2)) as gross_amount,
    cast(discount_amount as decimal(18, 2)) as discount_amount,
    cast(refund_amount as decimal(18, 2)) as refund_amount,
    cast(valid_orders as integer) as valid_orders,
    cast(net_revenue as decimal(18, 2)) as net_revenue,
    purchase_on,
    active_on,
    {%- for grain in grains %}
    {%- for measure, of_date, condition in [
        ('active_members', 'active_on', 'true'),
        ('retained_members', 'active_on', member_loyalty.is_in_period_before(
            grain, grain ~ '_start', 'previous_active_on'
        )),
        ('buyers', 'purchase_on', 'true'),
        ('recalled_members', 'purchase_on', 'is_recall_of_' ~ grain),
    ] %}
    case
        when {{ of_date }} is not null
            and {{ member_loyalty.is_first_in_period(
                grain ~ '_start', 'previous_' ~ of_date
            ) }}
            and {{ condition }} then 1
        else 0
    end as {{ measure }}_{{ grain }},
    {%- endfor %}
    {%- endfor %}
    previous_active_on,
    previous_purchase_on,
    next_purchase_on
from dated
