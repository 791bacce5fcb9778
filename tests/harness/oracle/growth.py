"""AARRR by period and channel, and cohorts (specification §5).

Each figure of each period and channel is counted by itself, from sets of people: nothing is summed
from a shorter period or from channels, and no balance is carried on.
"""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .cells import rounded
from .people import Member, Order

DAY = timedelta(days=1)
ZERO = Decimal("0.00")
GRAINS = ("day", "week", "month")


def start_of(day: date, grain: str) -> date:
    """The first day of the period that holds a day."""
    if grain == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if grain == "week" else day


def last_of(start: date, grain: str) -> date:
    """The last day of the period that begins with a day."""
    if grain == "month":
        return (start + timedelta(days=31)).replace(day=1) - DAY
    return start + timedelta(days=6) if grain == "week" else start


def ratio(numerator, denominator) -> Decimal | None:
    """A quotient of 6 places; None where the denominator is 0."""
    return rounded(Fraction(numerator) / Fraction(denominator), 6) if denominator else None


def channel_name(channel: str | None) -> str:
    return "unknown" if channel in (None, "all") else channel


class Shop:
    """What happened, with the channel of each thing, as known at as_of_date."""

    def __init__(self, staged: dict, found: dict, orders: list, edges: list, as_of: date):
        self.as_of = as_of
        self.members: list[Member] = list(found.values())
        self.channel_of = {m.member_id: channel_name(m.channel) for m in self.members}
        self.registered_on = {
            m.member_id: m.registered_at.date()
            for m in self.members
            if m.registered_at and m.registered_at.date() <= as_of
        }
        self.orders: list[Order] = [
            o for o in orders if o.status == "successful" and o.ordered_on <= as_of
        ]
        self.valid = [o for o in self.orders if o.is_valid(as_of)]
        self.refunds = [step for o in self.orders for step in self._refunds_of(o)]
        tied = {row["visitor_id"]: row["member_id"] for row in staged["identities"]}
        self.events = []
        for row in staged["events"]:
            member = row["member_id"] if row["member_id"] in found else None
            if member is None and tied.get(row["visitor_id"]) in found:
                member = tied[row["visitor_id"]]
            person = ("member", member) if member is not None else ("visitor", row["visitor_id"])
            if person == ("visitor", None):
                person = None
            on = row["occurred_at"].date()
            if on <= as_of:
                self.events.append(
                    (on, row["event_type"], person, member, channel_name(row["channel"]))
                )
        self.spend = [
            (
                row["spend_date"],
                channel_name(row["channel"]),
                int(row["impressions"] or 0),
                int(row["clicks"] or 0),
                rounded(row["cost_amount"] * row["rate"], 2),
            )
            for row in staged["marketing_spend"]
            if row["spend_date"] <= as_of
        ]
        self.edges = [edge for edge in edges if edge["invited_on"] <= as_of]
        self.active = {(o.member_id, o.ordered_on) for o in self.valid} | {
            (member, on)
            for on, kind, _, member, _ in self.events
            if member is not None and kind != "impression"
        }
        self.bought = {(o.member_id, o.ordered_on) for o in self.valid}
        self.first_bought: dict = {}
        for member, on in self.bought:
            self.first_bought[member] = min(on, self.first_bought.get(member, on))

    def order_channel(self, order: Order) -> str:
        return self.channel_of[order.member_id] if order.is_member else "unknown"

    def _refunds_of(self, order: Order) -> list:
        """(date, channel, amount) of the refunds of an order, together no more than its net."""
        steps, left = [], order.net_before_refund
        for on, amount in sorted(order.refunds, key=lambda refund: refund[0]):
            taken = min(amount, left)
            left -= taken
            if on <= self.as_of:
                steps.append((on, self.order_channel(order), taken))
        return steps

    def channels(self) -> set[str]:
        names = {channel for *_, channel in self.events} | set(self.channel_of.values())
        return names | {channel for _, channel, *_ in self.spend} | {"unknown", "all"}


def aarrr(shop: Shop, first: date | None, stages: dict, v: dict) -> list[dict]:
    """Rows of agg_aarrr.

    Args: first - date of the first staged order; stages - {snapshot date: {member_id: stage}} of
    fct_lifecycle_snapshots.
    """
    rows = []
    if first is None or first > shop.as_of:
        return rows
    days = [first + timedelta(days=n) for n in range((shop.as_of - first).days + 1)]
    channels = shop.channels()
    for grain in GRAINS:
        for start in sorted({start_of(day, grain) for day in days}):
            period = Period(shop, grain, start, stages, v)
            rows += [period.row(channel) for channel in channels]
    return rows


class Period:
    """One period: what falls into it, of all channels."""

    def __init__(self, shop: Shop, grain: str, start: date, stages: dict, v: dict):
        self.shop, self.grain, self.start, self.v = shop, grain, start, v
        self.last = last_of(start, grain)
        self.end = end = min(self.last, shop.as_of)
        before = start - DAY
        self.before = start_of(before, grain), before
        self.events = [e for e in shop.events if start <= e[0] <= end]
        self.spend = [s for s in shop.spend if start <= s[0] <= end]
        self.orders = [o for o in shop.orders if start <= o.ordered_on <= end]
        self.valid = [o for o in shop.valid if start <= o.ordered_on <= end]
        self.refunds = [r for r in shop.refunds if start <= r[0] <= end]
        self.edges = [e for e in shop.edges if start <= e["invited_on"] <= end]
        self.active = {(m, on) for m, on in shop.active if start <= on <= end}
        self.active_before = {m for m, on in shop.active if self.before[0] <= on <= self.before[1]}
        window_start = end - timedelta(days=v["rfm_window_days"])
        self.window: dict = {}
        for member, on in shop.bought:
            if window_start < on <= end:
                self.window[member] = self.window.get(member, 0) + 1
        snapshots = [d for d in stages if d < start]
        latest = stages[max(snapshots)] if snapshots else {}
        self.dormant = {m for m, stage in latest.items() if stage in ("dormant", "churned")}

    def row(self, channel: str) -> dict:
        """The row of one channel."""
        found = {
            "period_grain": self.grain,
            "period_start": self.start,
            "channel": channel,
            "is_complete": self.last <= self.shop.as_of,
        }
        for step in (self.acquisition, self.activation, self.retention, self.revenue):
            found |= step(channel, found)
        return found | self.referral(channel)

    def of_channel(self, channel: str, members) -> set:
        return {m for m in members if channel in ("all", self.shop.channel_of[m])}

    def acquisition(self, channel: str, _) -> dict:
        shop = self.shop
        events = [e for e in self.events if channel in ("all", e[4])]
        spend = [s for s in self.spend if channel in ("all", s[1])]
        visitors = {person for _, kind, person, _, _ in events if kind == "page_view" and person}
        clicks = [(on, person) for on, kind, person, _, _ in events if kind == "click" and person]
        clickers = {person for _, person in clicks}
        converted = {
            person
            for on, person in clicks
            if person[0] == "member"
            and person[1] in shop.registered_on
            and 0 <= (shop.registered_on[person[1]] - on).days <= 7
        }
        registered = {m for m, on in shop.registered_on.items() if self.start <= on <= self.end}
        registered_visitors = {p for p in visitors if p[0] == "member" and p[1] in registered}
        joined = {
            m.member_id
            for m in shop.members
            if m.joined_on and self.start <= m.joined_on <= self.end
        }
        new_buyers = {m for m, on in shop.first_bought.items() if self.start <= on <= self.end}
        cost = sum((s[4] for s in spend), ZERO)
        bought_clicks = sum(s[3] for s in spend)
        buyers = len(self.of_channel(channel, new_buyers))
        return {
            "page_views": sum(kind == "page_view" for _, kind, *_ in events),
            "unique_visitors": len(visitors),
            "impressions": sum(s[2] for s in spend),
            "clicks": bought_clicks,
            "spend": cost,
            "cpc": ratio(cost, bought_clicks),
            "clickers": len(clickers),
            "click_conversions": len(converted),
            "click_conversion_rate": ratio(len(converted), len(clickers)),
            "registrations": len(self.of_channel(channel, registered)),
            "registered_visitors": len(registered_visitors),
            "registration_rate": ratio(len(registered_visitors), len(visitors)),
            "new_members": len(self.of_channel(channel, joined)),
            "new_buyers": buyers,
            "cac": ratio(cost, buyers),
            "logins": sum(kind == "login" for _, kind, *_ in events),
        }

    def activation(self, channel: str, found: dict) -> dict:
        shop, limit = self.shop, self.v["activation_days"]
        joined = [
            m
            for m in shop.members
            if m.joined_on
            and self.start <= m.joined_on <= self.end
            and channel in ("all", shop.channel_of[m.member_id])
        ]
        activated = [
            m
            for m in joined
            if any(
                who == m.member_id and 0 <= (on - m.joined_on).days <= limit
                for who, on in shop.bought
            )
        ]
        newest = max((m.joined_on for m in joined), default=date.max)
        known = newest <= shop.as_of - timedelta(days=limit)
        pairs = {(m, on) for m, on in self.active if channel in ("all", shop.channel_of[m])}
        active = {m for m, _ in pairs}
        days = (self.end - self.start).days + 1
        return {
            "active_members": len(active),
            "activated_members": len(activated),
            "activation_rate": ratio(len(activated), len(joined)) if known else None,
            "active_member_days": len(pairs),
            "mean_daily_active_members": ratio(len(pairs), days),
            "stickiness": ratio(len(pairs), days * len(active)) if self.grain == "month" else None,
        }

    def retention(self, channel: str, found: dict) -> dict:
        active = self.of_channel(channel, {m for m, _ in self.active})
        before = self.of_channel(channel, self.active_before)
        orders = [o for o in self.valid if channel in ("all", self.shop.order_channel(o))]
        buyers = {o.member_id for o in orders}
        window = self.of_channel(channel, self.window)
        repeat = {m for m in window if self.window[m] >= 2}
        dormant = self.of_channel(channel, self.dormant)
        recalled = dormant & buyers
        return {
            "retained_members": len(active & before),
            "previous_active_members": len(before),
            "retention_rate": ratio(len(active & before), len(before)),
            "buyers": len(buyers),
            "window_repeat_buyers": len(repeat),
            "window_buyers": len(window),
            "repurchase_rate": ratio(len(repeat), len(window)),
            "member_orders": len(orders),
            "orders_per_buyer": ratio(len(orders), len(buyers)),
            "dormant_members": len(dormant),
            "recalled_members": len(recalled),
            "recall_rate": ratio(len(recalled), len(dormant)),
        }

    def revenue(self, channel: str, found: dict) -> dict:
        shop = self.shop
        orders = [o for o in self.orders if channel in ("all", shop.order_channel(o))]
        valid = [o for o in self.valid if channel in ("all", shop.order_channel(o))]
        gross = sum((o.gross for o in orders), ZERO)
        discounts = sum((o.gross - o.net_before_refund for o in orders), ZERO)
        refunds = sum((r[2] for r in self.refunds if channel in ("all", r[1])), ZERO)
        net = gross - discounts - refunds
        recent = {
            m.member_id
            for m in shop.members
            if m.joined_on
            and self.end - timedelta(days=365) < m.joined_on <= self.end
            and channel in ("all", shop.channel_of[m.member_id])
        }
        value = sum(
            (
                o.net_revenue(shop.as_of)
                for o in shop.valid
                if o.member_id in recent and o.ordered_on <= self.end
            ),
            ZERO,
        )
        member_revenue = sum((o.net_revenue(shop.as_of) for o in valid), ZERO)
        spend, buyers = found["spend"], found["new_buyers"]
        to_cac = None
        if recent and buyers and spend:
            cac = Fraction(spend) / buyers
            to_cac = rounded(Fraction(value) / len(recent) / cac, 6)
        return {
            "orders": len(orders),
            "gross_revenue": gross,
            "discounts": discounts,
            "refunds": refunds,
            "net_sales": net,
            "average_order_value": ratio(net, len(orders)),
            "arpu": ratio(net, found["active_members"]),
            "ltv_members": len(recent),
            "ltv_revenue": value,
            "ltv": ratio(value, len(recent)),
            "ltv_to_cac": to_cac,
            "member_revenue": member_revenue,
            "marketing_roi": ratio(member_revenue - spend, spend),
        }

    def referral(self, channel: str) -> dict:
        shop = self.shop
        edges = [
            e
            for e in self.edges
            if channel in ("all", shop.channel_of.get(e["referrer_member_id"], "unknown"))
        ]

        def distinct(some) -> int:
            return len(
                {
                    (e["referrer_member_id"], e["referred_member_id"])
                    if e["referred_member_id"] is not None
                    else e["referral_id"]
                    for e in some
                }
            )

        invites = distinct(edges)
        accepted = distinct(e for e in edges if e["status"] == "accepted")
        activated = distinct(e for e in edges if e["activated_on"] is not None)
        enrolled = len(
            self.of_channel(channel, {m.member_id for m in shop.members if m.is_enrolled(self.end)})
        )
        return {
            "invites": invites,
            "accepted_invites": accepted,
            "activated_invites": activated,
            "invite_acceptance_rate": ratio(accepted, invites),
            "invite_activation_rate": ratio(activated, invites),
            "enrolled_members": enrolled,
            "invites_per_member": ratio(invites, enrolled),
            "viral_coefficient": ratio(accepted, enrolled),
        }


def cohorts(shop: Shop) -> list[dict]:
    """Rows of agg_cohort_retention."""
    groups: dict = {}
    for m in shop.members:
        if m.joined_on and m.joined_on <= shop.as_of:
            for channel in (shop.channel_of[m.member_id], "all"):
                key = m.joined_on.replace(day=1), channel
                groups.setdefault(key, set()).add(m.member_id)
    rows = []
    for (month, channel), members in groups.items():
        start, number, total = month, 0, ZERO
        while start <= shop.as_of:
            last = last_of(start, "month")
            orders = [
                o for o in shop.valid if o.member_id in members and start <= o.ordered_on <= last
            ]
            revenue = sum((o.net_revenue(shop.as_of) for o in orders), ZERO)
            total += revenue
            rows.append(
                {
                    "cohort_month": month,
                    "channel": channel,
                    "months_since": number,
                    "members": len(members),
                    "active_members": len(
                        {m for m, on in shop.active if m in members and start <= on <= last}
                    ),
                    "buyers": len({o.member_id for o in orders}),
                    "orders": len(orders),
                    "net_revenue": revenue,
                    "cumulative_revenue_per_member": ratio(total, len(members)),
                    "is_complete": last <= shop.as_of,
                }
            )
            start, number = last + DAY, number + 1
    return rows
