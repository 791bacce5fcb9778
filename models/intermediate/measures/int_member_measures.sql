with balances as (
    select * from {{ ref('int_measure_balances') }}
),

spans as (
    select * from {{ ref('int_member_spans') }}
    where first_enrolled_number <= last_number
),

snapshots as (
    select * from {{ ref('int_snapshot_dates') }}
),

enrolled as (
    select
        balances.*,
        spans.joined_on,
        greatest(balances.first_number, spans.first_enrolled_number) as from_number,
        least(coalesce(balances.last_number, spans.last_number), spans.last_number) as to_number
    from balances
    inner join spans on balances.member_id = spans.member_id
    where balances.orders_ever > 0 or balances.score_partition = {{ member_loyalty.all_partitions() }}
),

panel as (
    select
        enrolled.*,
        {{ member_loyalty.unnest_integers('from_number', 'to_number') }} as snapshot_number
    from enrolled
)

select
    snapshots.snapshot_number,
    snapshots.snapshot_date,
    panel.score_partition,
    panel.member_id,
    panel.joined_on,
    greatest(panel.last_order_on, panel.passing_order_on) as last_order_on,
    panel.purchase_number,
    cast({{ member_loyalty.days_between(
        'greatest(panel.last_order_on, panel.passing_order_on)', 'snapshots.snapshot_date'
    ) }} as integer) as recency_days,
    panel.orders,
    panel.occasions as frequency,
    panel.full_price_occasions as full_price_frequency,
    panel.net_amount as monetary_amount,
    {{ member_loyalty.contribution('panel.net_amount', 'panel.cost_amount') }} as contribution_amount,
    {{ member_loyalty.average_order_value('panel.net_amount', 'panel.orders') }} as average_order_value,
    panel.referrals as referral_count
from panel
inner join snapshots on panel.snapshot_number = snapshots.snapshot_number
