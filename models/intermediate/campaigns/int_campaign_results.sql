with sends as (
    select * from {{ ref('int_campaign_sends') }}
),

reached as (
    select
        campaign_id,
        member_id,
        max(case when send_number = 1 then variant end) as variant,
        count(*) as sends,
        min(sent_on) as first_sent_on,
        max(sent_on) as last_sent_on
    from sends
    group by campaign_id, member_id
),

bought as (
    select
        campaign_id,
        member_id,
        count(*) as orders,
        sum(net_revenue) as net_revenue,
        {{ member_loyalty.wide_whole('sum(net_revenue) * 100') }} as revenue_cents
    from {{ ref('int_campaign_orders') }}
    group by campaign_id, member_id
)

select
    reached.campaign_id,
    reached.variant,
    min(reached.first_sent_on) as first_sent_on,
    max(reached.last_sent_on) as last_sent_on,
    cast(count(*) as bigint) as members,
    cast(sum(reached.sends) as bigint) as sends,
    cast(count(bought.member_id) as bigint) as buyers,
    cast(coalesce(sum(bought.orders), 0) as bigint) as orders,
    cast(coalesce(sum(bought.net_revenue), 0) as decimal(18, 2)) as net_revenue,
    {{ member_loyalty.wide_whole('coalesce(sum(bought.revenue_cents), 0)') }} as revenue_cents,
    {{ member_loyalty.wide_whole(
        'coalesce(sum(bought.revenue_cents * bought.revenue_cents), 0)'
    ) }} as squared_cents
from reached
left join bought
    on reached.campaign_id = bought.campaign_id and reached.member_id = bought.member_id
group by reached.campaign_id, reached.variant
