with snapshots as (
    select * from {{ ref('int_due_snapshots') }}
),

panel as (
    {{ member_loyalty.at_due_snapshots(
        ref('int_measure_balances'), ref('int_due_snapshots')
    ) | indent(4) }}
)

select
    snapshots.snapshot_number,
    snapshots.snapshot_date,
    snapshots.is_published,
    panel.score_partition,
    panel.member_id,
    panel.joined_on,
    panel.last_order_on,
    -- A purchase before the first due snapshot is like none: its stretch is open there already.
    case
        when panel.purchase_number >= panel.first_due_number then panel.purchase_number
        else 0
    end as purchase_number,
    cast({{ member_loyalty.days_between(
        'panel.last_order_on', 'snapshots.snapshot_date'
    ) }} as integer) as recency_days,
    panel.orders,
    panel.occasions as frequency,
    panel.full_price_occasions as full_price_frequency,
    panel.net_amount as monetary_amount,
    {{ member_loyalty.contribution('panel.net_amount', 'panel.cost_amount') }}
        as contribution_amount,
    {{ member_loyalty.average_order_value('panel.net_amount', 'panel.orders') }}
        as average_order_value,
    panel.referrals as referral_count
from panel
inner join snapshots on panel.snapshot_number = snapshots.snapshot_number
