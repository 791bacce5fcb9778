with balances as (
    select * from {{ ref('int_measure_balances') }}
),

snapshots as (
    select * from {{ ref('int_due_snapshots') }}
),

due as (
    select
        min(snapshot_number) as first_number,
        max(snapshot_number) as last_number
    from snapshots
),

panel as (
    select
        balances.*,
        -- A purchase before the first due snapshot is like none: its stretch is open there already.
        case
            when balances.purchase_number >= due.first_number then balances.purchase_number
            else 0
        end as due_purchase_number,
        {{ member_loyalty.unnest_integers(
            'greatest(balances.first_number, due.first_number)',
            'least(coalesce(balances.last_number, due.last_number), due.last_number)'
        ) }} as snapshot_number
    from balances
    inner join due
        on balances.first_number <= due.last_number
        and due.first_number <= coalesce(balances.last_number, due.last_number)
)

select
    snapshots.snapshot_number,
    snapshots.snapshot_date,
    snapshots.is_published,
    panel.score_partition,
    panel.member_id,
    panel.joined_on,
    panel.last_order_on,
    panel.due_purchase_number as purchase_number,
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
