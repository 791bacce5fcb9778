"""Members, orders, referrals and persons (specification §2)."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from .cells import as_bytes, is_blank, rounded

NEVER = date.min  # stands for "no as_of_date": nothing is dated on or before it


@dataclass
class Member:
    """A member; times are local, `closed_at` is None where the specification ignores it."""

    member_id: str
    is_inferred: bool = False
    registered_at: datetime | None = None
    joined_at: datetime | None = None
    closed_at: datetime | None = None
    channel: str = "unknown"
    first_seen_at: datetime | None = None

    @property
    def joined_on(self) -> date | None:
        return self.joined_at and self.joined_at.date()

    def saw(self, when: datetime | None) -> None:
        """Take note of an activity."""
        if when is not None and (self.first_seen_at is None or when < self.first_seen_at):
            self.first_seen_at = when

    def is_closed(self, d: date) -> bool:
        return self.closed_at is not None and self.closed_at.date() <= d

    def is_enrolled(self, d: date) -> bool:
        return self.joined_at is not None and self.joined_on <= d and not self.is_closed(d)

    def is_known(self, d: date) -> bool:
        first_seen = self.first_seen_at
        return first_seen is not None and first_seen.date() <= d and not self.is_closed(d)


@dataclass
class Order:
    """A staged order; own_* is exact in its own currency, the amounts are reporting currency."""

    order_id: str
    member_id: str | None
    is_member: bool
    ordered_at: datetime
    status: str
    platform: str
    raw_cells: dict
    own_net: Fraction
    gross: Decimal
    net_before_refund: Decimal
    cost: Decimal | None
    is_full_price: bool
    own_refunds: list = field(default_factory=list)  # (date, amount in own currency)
    refunds: list = field(default_factory=list)  # (date, amount in reporting currency)

    @property
    def ordered_on(self) -> date:
        return self.ordered_at.date()

    def own_refunded(self, d: date) -> Fraction:
        return sum((amount for on, amount in self.own_refunds if on <= d), Fraction(0))

    def refund_amount(self, d: date) -> Decimal:
        return sum((amount for on, amount in self.refunds if on <= d), Decimal("0.00"))

    def net_revenue(self, d: date) -> Decimal:
        return max(self.net_before_refund - self.refund_amount(d), Decimal("0.00"))

    def is_void(self, d: date) -> bool:
        return self.own_refunded(d) > 0 and self.own_refunded(d) >= self.own_net

    def is_valid(self, d: date) -> bool:
        return (
            self.status == "successful"
            and self.ordered_on <= d
            and self.is_member
            and not self.is_void(d)
        )

    def invalid_reason(self, as_of: date) -> str | None:
        """The first reason, in the specification's order, why it is not valid at `as_of`."""
        if self.status != "successful":
            return self.status
        if self.ordered_on > as_of:
            return "after_as_of_date"
        if self.member_id is None:
            return "guest"
        if not self.is_member:
            return "unknown_member"
        return "void" if self.is_void(as_of) else None

    def partition_value(self, column: str) -> str:
        cell = self.raw_cells.get(column)
        return "unknown" if is_blank(cell) else cell.strip(" ")


def members(staged: dict, rejected: list[dict], v: dict) -> dict[str, Member]:
    """All members: staged, those of which only a bad version exists, and inferred ones."""
    found = {}
    for row in staged["members"]:
        joined, closed = row["joined_at"], row["closed_at"]
        if joined is not None and closed is not None and closed < joined:
            closed = None
        found[row["member_id"]] = Member(
            row["member_id"],
            False,
            row["registered_at"],
            joined,
            closed,
            row["acquisition_channel"],
        )
    for member_id in _ids_of_bad_rows(rejected):
        found.setdefault(member_id, Member(member_id))
    if v["infer_members"]:
        inferred = {}
        for row in staged["orders"]:
            member_id = row["member_id"]
            if member_id is not None and member_id not in found:
                inferred.setdefault(member_id, []).append(row["ordered_at"])
        for member_id, times in inferred.items():
            found[member_id] = Member(member_id, True, min(times), min(times))
    return found


def _ids_of_bad_rows(rejected: list[dict]) -> list[str]:
    """Ids of `members` rows that a bad cell rejected (an id always stands in row_key)."""
    bad = ("bad_timestamp", "bad_number", "negative_amount")
    return [
        json.loads(row["row_key"])[0]
        for row in rejected
        if row["source_table"] == "members" and row["reason"] in bad
    ]


def orders(staged: dict, found: dict, seeds: dict) -> list[Order]:
    """All staged orders with their money converted, refunds as steps of a running total."""
    status_of = {row["raw_status"]: row["order_status"] for row in seeds["order_statuses"]}
    refunds = {}
    for row in staged["order_refunds"]:
        refunds.setdefault(row["order_id"], []).append(row)
    result = []
    for row in staged["orders"]:
        own_net = row["gross_amount"] - row["discount_amount"]
        order = Order(
            row["order_id"],
            row["member_id"],
            row["member_id"] in found,
            row["ordered_at"],
            status_of[row["status"]],
            row["platform"],
            row["raw_cells"],
            own_net,
            rounded(row["gross_amount"] * row["rate"], 2),
            rounded(own_net * row["rate"], 2),
            None if row["cost_amount"] is None else rounded(row["cost_amount"] * row["rate"], 2),
            row["discount_amount"] == 0 and row["promotion_code"] is None,
        )
        own_total, total = Fraction(0), Decimal("0.00")
        for refund in sorted(
            refunds.get(order.order_id, []),
            key=lambda r: (r["refunded_at"], as_bytes(r["refund_id"])),
        ):
            own_total += refund["refund_amount"]
            new_total = rounded(own_total * row["rate"], 2)
            on = refund["refunded_at"].date()
            order.own_refunds.append((on, refund["refund_amount"]))
            order.refunds.append((on, new_total - total))
            total = new_total
        result.append(order)
    return result


def touches(staged: dict, found: dict) -> dict[str, list[tuple[datetime, str]]]:
    """Events by person: {person_id: [(occurred_at, event_type)]}; nobody's events are left out."""
    tied = {
        row["visitor_id"]: row["member_id"]
        for row in staged["identities"]
        if row["member_id"] in found
    }
    result = {}
    for row in staged["events"]:
        if row["member_id"] in found:
            person = f"member:{row['member_id']}"
        elif row["visitor_id"] in tied:
            person = f"member:{tied[row['visitor_id']]}"
        elif row["visitor_id"] is not None:
            person = f"visitor:{row['visitor_id']}"
        else:
            continue
        result.setdefault(person, []).append((row["occurred_at"], row["event_type"]))
    return result


def mark_first_seen(found: dict, staged: dict, events: dict) -> None:
    """Set first_seen_at of every member: the earliest of all rows that name it."""
    for member in found.values():
        member.saw(member.registered_at)
        member.saw(member.joined_at)
        for when, _ in events.get(f"member:{member.member_id}", []):
            member.saw(when)
    for table, id_column, time_column in (
        ("orders", "member_id", "ordered_at"),
        ("identities", "member_id", "identified_at"),
        ("referrals", "referrer_member_id", "invited_at"),
        ("referrals", "referred_member_id", "invited_at"),
        ("consents", "member_id", "consented_at"),
        ("campaign_sends", "member_id", "sent_at"),
    ):
        for row in staged[table]:
            if row[id_column] in found:
                found[row[id_column]].saw(row[time_column])


def referrals(staged: dict, found: dict, bought: list[Order], as_of: date, v: dict) -> list[dict]:
    """Every staged edge as a row of fct_referrals."""
    edges = sorted(staged["referrals"], key=lambda e: (e["invited_at"], as_bytes(e["referral_id"])))
    taken, rows = set(), []
    for edge in edges:
        referee = found.get(edge["referred_member_id"])
        status = _edge_defect(edge, found, as_of, v)
        if status is None:
            status = "not_first_touch" if referee.member_id in taken else "accepted"
            taken.add(referee.member_id)
        accepted = status == "accepted"
        activations = [
            o.ordered_on
            for o in bought
            if accepted
            and o.is_valid(as_of)
            and o.member_id == referee.member_id
            and o.ordered_on >= referee.joined_on
        ]
        rows.append(
            {
                "referral_id": edge["referral_id"],
                "referrer_member_id": edge["referrer_member_id"],
                "referred_member_id": edge["referred_member_id"],
                "invited_on": edge["invited_at"].date(),
                "status": status,
                "credited_on": referee.joined_on if accepted else None,
                "activated_on": min(activations, default=None),
            }
        )
    return rows


def _edge_defect(edge: dict, found: dict, as_of: date, v: dict) -> str | None:
    """The first status before `not_first_touch` that applies to an edge, None for a survivor."""
    referrer = found.get(edge["referrer_member_id"])
    referee = found.get(edge["referred_member_id"])
    invited_at = edge["invited_at"]
    if edge["referrer_member_id"] == edge["referred_member_id"]:
        return "self_referral"
    if referrer is None:
        return "unknown_referrer"
    if referee is None or referee.joined_at is None or referee.joined_on > as_of:
        return "referee_not_joined"
    if invited_at.date() > referee.joined_on:
        return "referee_already_member"
    if (
        invited_at.date() == referee.joined_on
        and invited_at > referee.joined_at
        and time() not in (invited_at.time(), referee.joined_at.time())
    ):
        return "referee_already_member"
    if not referrer.is_enrolled(referee.joined_on - timedelta(days=1)):
        return "referrer_not_member"
    if (referee.joined_on - invited_at.date()).days > v["referral_attribution_days"]:
        return "outside_attribution_window"
    return None
