-- Identities between the figures of a row of agg_aarrr (spec §5): net_sales; viral_coefficient from
-- its own figures and as invites_per_member x invite_acceptance_rate, as far as rounding to 6
-- places lets it; shares are no more than 1, and who is counted belongs to those it is counted of.
-- One row per period and channel that breaks one.
select
    period_grain,
    period_start,
    channel
from {{ ref('agg_aarrr') }}
where (
    net_sales = gross_revenue - discounts - refunds
    and (invites = 0 or enrolled_members = 0 or abs(
        viral_coefficient - invites_per_member * invite_acceptance_rate
    ) <= 0.000001 * (2 + invites_per_member + invite_acceptance_rate))
    and (enrolled_members = 0 or abs(
        viral_coefficient * enrolled_members - accepted_invites
    ) <= 0.000001 * enrolled_members)
    and coalesce(greatest(
        click_conversion_rate, registration_rate, activation_rate, stickiness, retention_rate,
        repurchase_rate, recall_rate, invite_acceptance_rate, invite_activation_rate
    ), 0) <= 1
    and coalesce(orders_per_buyer, 1) >= 1
    and active_member_days >= active_members
    and (period_grain <> 'day' or active_member_days = active_members)
    and (period_grain = 'month' or stickiness is null)
    and unique_visitors <= page_views
    and ltv_revenue >= 0
) is not true
