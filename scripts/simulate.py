"""Write a full raw folder: the real orders of a shop and, simulated around them, all else.

simulate.py --real examples/cdnow/raw --out build/demo_raw --seed 1 [--share-bad 0.01]

The real orders keep their id, member, date and the money that was paid (gross − discount). What
CDNOW never published is drawn at random from the seed: members, referrals, events, identities,
refunds, spend, exchange rates, consents, campaign sends, erasures, the orders' other columns, and
some orders of newcomers and guests. Simulated ids begin with `sim-`; the README.md written beside
the data says what is real and what is not. To each table come bad rows: copies of good ones with
one broken cell. The same seed and orders give the same bytes.
"""

import argparse
import csv
import gzip
import math
import random
import shutil
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from _contract import Table, contract

NEWCOMERS = 5_000
GUEST_ORDERS = 600
OPEN_ORDERS = 400
ANONYMOUS_VISITORS = 9_000
OPEN_INVITATIONS = 1_500
CAMPAIGNS = 9
SENDS_PER_CAMPAIGN = 2_500
ERASURES = 15
# Units of the reporting currency for one unit, about as they stood in 1997; they drift weekly.
RATES = {"GBP": 1.66, "CAD": 0.72, "DEM": 0.58}
# Channel: share of the members it brings, daily impressions, clicks per impression, cost per click.
CHANNELS = {
    "search": (0.34, 24_000, 0.021, 0.32),
    "email": (0.16, 9_000, 0.034, 0.05),
    "affiliate": (0.17, 15_000, 0.012, 0.45),
    "radio": (0.08, 40_000, 0.001, 1.90),
    "direct": (0.17, 0, 0, 0),
    "": (0.08, 0, 0, 0),
}
PLATFORMS = {"web": 0.68, "phone": 0.2, "store": 0.12}
STATUSES = {"completed": 0.6, "shipped": 0.2, "delivered": 0.12, "Paid": 0.08}
PROMOTIONS = {"SIM-FIVE": 5, "SIM-TEN": 10, "SIM-TWENTY": 20}  # per cent off
MARK = "# Simulated raw data"
DAY = timedelta(days=1)

README = (
    MARK
    + """

Made by `scripts/simulate.py --real {real} --seed {seed} --share-bad {share_bad}`.

**Real:** of the {real_orders:,} orders whose `order_id` does not begin with `sim-`: order_id,
member_id, ordered_at, and gross_amount − discount_amount, which is what was paid.

**Simulated:** everything else. Their other columns (discount, status, platform, promotion, cost,
updated_at), every id that begins with `sim-`, and all rows of the other tables, those about real
customers too. Ids with `sim-bad-` and other copies with one broken cell are there to be rejected.

| table | rows | of them broken or doubled on purpose |
|---|---|---|
{tables}
"""
)


class Dice(random.Random):
    """A generator of its own for one topic, so that a change to one table leaves the others alone.

    Only random() is drawn from: its sequence for a seed is fixed across Python versions.
    """

    def __init__(self, seed: int, topic: str):
        super().__init__(f"{seed}/{topic}")

    def chance(self, share: float) -> bool:
        """True in `share` (0..1) of the calls."""
        return self.random() < share

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included, each as likely."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, items):
        """One of a sequence, each as likely."""
        return items[int(self.random() * len(items))]

    def weighted(self, shares: dict[str, float]) -> str:
        """A key, as likely as its share; the shares sum to 1."""
        left = self.random()
        for key, share in shares.items():
            left -= share
            if left < 0:
                return key
        return key

    def wait(self, mean: float) -> int:
        """Whole days of an exponential waiting time with this mean."""
        return int(-math.log(1 - self.random()) * mean)

    def clock(self, day: date) -> datetime:
        """A time on `day` between 08:00:00 and 21:59:59."""
        return datetime(day.year, day.month, day.day) + timedelta(
            seconds=8 * 3600 + int(self.random() * 14 * 3600)
        )


@dataclass
class Order:
    """An order in the making. value: what is paid, in cents of `currency`."""

    order_id: str
    member_id: str
    ordered_at: str
    ordered_on: date
    value: int
    status: str = ""
    currency: str = "USD"


@dataclass
class Member:
    """A member in the making. in_file false: known by orders only, so that dbt must infer it."""

    member_id: str
    channel: str
    registered_at: datetime
    joined_at: datetime | None
    closed_at: datetime | None = None
    in_file: bool = True
    platform: str = "web"
    orders: list[Order] = field(default_factory=list)
    visitors: list[str] = field(default_factory=list)


def money(cents: int) -> str:
    """Cents as an amount with two places."""
    return f"{cents // 100}.{cents % 100:02d}"


def read_orders(folder: Path) -> list[Order]:
    """The real orders of a raw folder. Errors: no orders.csv.gz, a cell that cannot be read."""
    with gzip.open(folder / "orders.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return [
            Order(
                row["order_id"],
                row["member_id"],
                row["ordered_at"],
                date.fromisoformat(row["ordered_at"][:10]),
                int(Decimal(row["gross_amount"]) * 100),
            )
            for row in csv.DictReader(file)
        ]


class Simulation:
    """The simulated world around the real orders: members and orders first, then each table."""

    def __init__(self, real: list[Order], seed: int):
        self.seed = seed
        self.first = min(order.ordered_on for order in real)
        self.last = max(order.ordered_on for order in real)
        self.amounts = [order.value for order in real if order.value]
        self.members = self.make_customers(real) + self.make_newcomers()
        self.give_visitors()
        self.by_id = {member.member_id: member for member in self.members}
        self.enrolled = [member for member in self.members if member.joined_at]
        self.enrolled.sort(key=lambda member: (member.joined_at, member.member_id))
        self.orders = real + self.make_orders()

    def dice(self, topic: str) -> Dice:
        """The generator of a topic."""
        return Dice(self.seed, topic)

    def channel(self, dice: Dice, invited: float = 0) -> str:
        """A channel: `referral` for the share `invited`, else by the shares of CHANNELS."""
        if dice.chance(invited):
            return "referral"
        return dice.weighted({name: channel[0] for name, channel in CHANNELS.items()})

    def before_end(self, at: datetime) -> bool:
        """Whether a moment lies in the period of the real orders, which nothing outlasts."""
        return at.date() <= self.last

    def make_customers(self, real: list[Order]) -> list[Member]:
        """A member for each customer of the real orders, with dates that suit them.

        4 % have no profile, 5 % never enrolled, 8 % enrolled after their first order, the others on
        its day or in the weeks before it; 2.5 % closed their account after the last order.
        """
        dice = self.dice("customers")
        orders: dict[str, list[Order]] = {}
        for order in real:
            if order.member_id:
                orders.setdefault(order.member_id, []).append(order)
        members = []
        for member_id, own in orders.items():
            first, last = min(o.ordered_on for o in own), max(o.ordered_on for o in own)
            registered_at = dice.clock(first) - dice.wait(12) * DAY
            member = Member(member_id, self.channel(dice, 0.06), registered_at, None, orders=own)
            member.platform = dice.weighted(PLATFORMS)
            kind, day = dice.random(), member.registered_at.date()
            if kind < 0.04:
                member.in_file = False
            if kind < 0.04 or 0.17 <= kind < 0.4:
                member.joined_at = datetime(first.year, first.month, first.day)
            elif 0.09 <= kind < 0.17:
                member.joined_at = dice.clock(first + dice.whole(1, 60) * DAY)
            elif kind >= 0.4:
                member.joined_at = dice.clock(day + dice.whole(0, (first - day).days) * DAY)
            if member.joined_at and member.in_file:
                member.joined_at = max(member.joined_at, member.registered_at)
                closed_at = dice.clock(last + dice.whole(20, 250) * DAY)
                if dice.chance(0.05) and self.before_end(closed_at):
                    member.closed_at = max(closed_at, member.joined_at)
            members.append(member)
        return members

    def make_newcomers(self) -> list[Member]:
        """Simulated members who come later than the real ones: 80 % enrol, most of those buy."""
        dice = self.dice("newcomers")
        members = []
        for number in range(1, NEWCOMERS + 1):
            day = self.first + dice.whole(30, (self.last - self.first).days - 3) * DAY
            registered_at = dice.clock(day)
            channel = self.channel(dice, 0.45)
            member = Member(f"sim-m-{number:05d}", channel, registered_at, None)
            member.platform = dice.weighted(PLATFORMS)
            joined_at = registered_at + timedelta(days=dice.wait(4), minutes=dice.whole(1, 90))
            if dice.chance(0.8) and self.before_end(joined_at):
                member.joined_at = joined_at
            members.append(member)
        return members

    def give_visitors(self) -> None:
        """The visitor ids under which a member is seen: one, or two for every fourth."""
        dice = self.dice("visitors")
        for number, member in enumerate(self.members, 1):
            member.visitors = [f"sim-v-{number:05d}"]
            if dice.chance(0.25):
                member.visitors.append(f"sim-v-{number:05d}b")

    def make_orders(self) -> list[Order]:
        """Simulated orders: newcomers' (some in foreign money), guests', pending, cancelled."""
        dice = self.dice("new orders")
        found = []

        def add(member: Member | None, at: datetime, status: str = "") -> None:
            currency = dice.pick(list(RATES)) if dice.chance(0.15) else "USD"
            value = int(dice.pick(self.amounts) / RATES.get(currency, 1))
            member_id = member.member_id if member else ""
            order = Order(f"sim-o-{len(found) + 1:05d}", member_id, str(at), at.date(), value)
            order.status, order.currency = status, currency
            found.append(order)
            if member:
                member.orders.append(order)

        for member in self.enrolled:
            if not member.orders and dice.chance(0.68):
                at = dice.clock(member.joined_at.date() + dice.wait(9) * DAY)
                at = max(at, member.joined_at)
                while self.before_end(at):
                    add(member, at)
                    if dice.chance(0.38):
                        break
                    at = dice.clock(at.date() + (1 + dice.wait(45)) * DAY)
        days = (self.last - self.first).days
        for _ in range(GUEST_ORDERS):
            add(None, dice.clock(self.first + dice.whole(0, days) * DAY))
        staying = [member for member in self.enrolled if not member.closed_at]
        for number in range(OPEN_ORDERS):
            member = dice.pick(staying)
            age = dice.wait(6) if number % 2 else dice.whole(0, days)
            at = dice.clock(self.last - min(age, days) * DAY)
            add(member, max(at, member.joined_at), "pending" if number % 2 else "cancelled")
        return found

    def table_orders(self) -> list[list[str]]:
        """Real and simulated orders. What was paid is gross − discount: discounts add to gross."""
        dice = self.dice("orders")
        rows = []
        for order in self.orders:
            discount, promotion = 0, ""
            if order.value and dice.chance(0.2):
                promotion = dice.pick(list(PROMOTIONS))
                off = PROMOTIONS[promotion]
                discount = order.value * off // (100 - off)
            elif dice.chance(0.02):
                promotion = "SIM-GIFT"
            member = self.by_id.get(order.member_id)
            own = member and dice.chance(0.85)
            platform = member.platform if own else dice.weighted(PLATFORMS)
            cost = "" if dice.chance(0.03) else money(order.value * dice.whole(52, 78) // 100)
            rows.append(
                [
                    order.order_id,
                    order.member_id,
                    order.ordered_at,
                    money(order.value + discount),
                    money(discount) if discount or dice.chance(0.5) else "",
                    order.status or dice.weighted(STATUSES),
                    "" if dice.chance(0.01) else platform,
                    promotion,
                    cost,
                    "" if order.currency == "USD" and dice.chance(0.3) else order.currency,
                    str(dice.clock(order.ordered_on + DAY)),
                ]
            )
        return rows

    def table_order_refunds(self) -> list[list[str]]:
        """4 % of the paid orders: in full, in part, in two; some months later, a few too much."""
        dice = self.dice("order_refunds")
        rows = []
        for order in self.orders:
            if order.value < 100 or order.status or not dice.chance(0.04):
                continue
            kind = dice.random()
            part = order.value * dice.whole(10, 60) // 100
            if kind < 0.42:
                amounts = [order.value]
            elif kind < 0.8:
                amounts = [part]
            elif kind < 0.99:
                amounts = [part, (order.value - part) // dice.whole(1, 2)]
            else:
                amounts = [order.value + dice.whole(100, 900)]
            day = order.ordered_on
            for amount in amounts:
                day += (dice.whole(90, 240) if dice.chance(0.06) else 1 + dice.wait(11)) * DAY
                if day <= self.last:
                    refund_id = f"sim-f-{len(rows) + 1:05d}"
                    rows.append([refund_id, order.order_id, str(dice.clock(day)), money(amount)])
        return rows

    def table_members(self) -> list[list[str]]:
        """The profiles."""
        dice = self.dice("members")
        rows = []
        for member in self.members:
            if member.in_file:
                moments = [member.registered_at, member.joined_at, member.closed_at]
                newest = max(at for at in moments if at)
                rows.append(
                    [
                        member.member_id,
                        *(str(at or "") for at in moments),
                        member.channel,
                        str(newest + timedelta(minutes=dice.whole(1, 600))),
                    ]
                )
        return rows

    def table_referrals(self) -> list[list[str]]:
        """Invitations of those whose channel is referral, of a few more, and of nobody yet.

        A few advocates send a third of them. Some are doubled, too early, to members, of oneself,
        by people not enrolled, by nobody known.
        """
        dice = self.dice("referrals")
        advocates = [dice.pick(self.enrolled[:600]) for _ in range(60)]
        outsiders = [member for member in self.members if not member.joined_at]
        edges: list[tuple[datetime, str, str]] = []

        def referrer(before: int) -> Member:
            place = dice.whole(0, before)
            return dice.pick(advocates) if dice.chance(0.34) else self.enrolled[place]

        for place, referee in enumerate(self.enrolled):
            invited = referee.channel == "referral" or dice.chance(0.02)
            if place < 1_000 or not referee.in_file or not invited:
                continue
            by, joined_at = referrer(place - 500), referee.joined_at
            invited_at = referee.registered_at - timedelta(
                days=dice.wait(12), hours=dice.whole(1, 9)
            )
            kind = dice.random()
            if kind < 0.04:
                invited_at = joined_at - dice.whole(91, 200) * DAY
            elif kind < 0.08:
                invited_at = joined_at + dice.whole(1, 60) * DAY
            elif kind < 0.09:
                by = referee
            elif kind < 0.1:
                by = dice.pick(outsiders)
            by_id = f"sim-nobody-{place}" if 0.1 <= kind < 0.11 else by.member_id
            edges.append((invited_at, by_id, referee.member_id))
            if kind > 0.92:
                again = invited_at + timedelta(hours=dice.whole(1, 100))
                edges.append((again, referrer(place - 500).member_id, referee.member_id))
        for _ in range(OPEN_INVITATIONS):
            by = referrer(len(self.enrolled) - 1)
            invited_at = dice.clock(by.joined_at.date() + dice.wait(120) * DAY)
            to = dice.pick(outsiders).member_id if dice.chance(0.15) else ""
            edges.append((invited_at, by.member_id, to))
        edges = sorted(edge for edge in edges if self.before_end(edge[0]))
        return [[f"sim-r-{n:05d}", by, to, str(at)] for n, (at, by, to) in enumerate(edges, 1)]

    def table_events(self) -> list[list[str]]:
        """Touches: up to registration, visits with and without an order, anonymous visitors."""
        dice = self.dice("events")
        events: list[tuple[datetime, str, str, str, str]] = []

        def visit(
            at: datetime, kinds: list[str], visitor: str, member_id: str, channel: str
        ) -> None:
            for kind in kinds:
                if self.before_end(at):
                    events.append((at, kind, visitor, member_id, channel))
                at += timedelta(seconds=dice.whole(5, 400))

        for member in self.members:
            if dice.chance(0.75):
                start = member.registered_at - timedelta(days=dice.wait(2.5), minutes=30)
                lead = ["click", "page_view"] if member.channel else ["page_view"]
                visit(start, lead, member.visitors[0], "", member.channel)
                visit(member.registered_at, ["register"], member.visitors[0], "", member.channel)
            for order in member.orders:
                if dice.chance(0.5):
                    at = dice.clock(order.ordered_on) - timedelta(hours=1)
                    kinds = ["page_view"] * dice.whole(1, 2)
                    kinds += ["favourite"] * dice.chance(0.08) + ["add_to_cart"] * dice.chance(0.6)
                    kinds = ["store_visit"] if member.platform == "store" else kinds
                    known = dice.chance(0.35)
                    kinds = ["login"] * known + kinds
                    who, channel = member.member_id * known, dice.pick(["direct", "email"])
                    visit(at, kinds, dice.pick(member.visitors), who, channel)
            for _ in range(dice.wait(1.2)):
                day = member.registered_at.date() + dice.wait(150) * DAY
                kinds = dice.pick([["impression"], ["page_view"], ["login", "page_view"], ["chat"]])
                who = member.member_id if "login" in kinds else ""
                visit(dice.clock(day), kinds, dice.pick(member.visitors), who, self.channel(dice))
        days = (self.last - self.first).days
        for number in range(1, ANONYMOUS_VISITORS + 1):
            day = self.first + dice.whole(0, days) * DAY
            channel = self.channel(dice)
            for _ in range(1 + dice.wait(0.8)):
                kinds = ["impression"] if dice.chance(0.5) else ["click", "page_view"]
                kinds += ["add_to_cart"] * dice.chance(0.05)
                visit(dice.clock(day), kinds, f"sim-v-a{number:05d}", "", channel)
                day += dice.wait(10) * DAY
        events.sort()
        return [
            [f"sim-e-{number:06d}", str(at), kind, visitor, member_id, channel]
            for number, (at, kind, visitor, member_id, channel) in enumerate(events, 1)
        ]

    def table_identities(self) -> list[list[str]]:
        """The visitors of 85 % of the members, known at registration or weeks later."""
        dice = self.dice("identities")
        rows = []
        for member in self.members:
            for visitor in member.visitors:
                at = member.registered_at + dice.wait(20) * DAY * dice.chance(0.5)
                if dice.chance(0.85) and self.before_end(at):
                    rows.append([visitor, member.member_id, str(at)])
        return rows

    def table_marketing_spend(self) -> list[list[str]]:
        """Spend of each paid channel on each day; affiliates are paid in Canadian dollars."""
        dice = self.dice("marketing_spend")
        rows = []
        for number in range((self.last - self.first).days + 1):
            day = self.first + number * DAY
            for name, (_, base, click_share, click_cost) in CHANNELS.items():
                if base:
                    impressions = int(base * (0.7 + 0.6 * dice.random()))
                    clicks = int(impressions * click_share * (0.8 + 0.4 * dice.random()))
                    cost = int(clicks * click_cost * 100 * (0.9 + 0.2 * dice.random()))
                    currency = "CAD" if name == "affiliate" else ""
                    counts = [str(impressions), str(clicks)]
                    rows.append([str(day), name, *counts, money(cost), currency])
        return rows

    def table_exchange_rates(self) -> list[list[str]]:
        """A rate a week for each foreign currency, from a week before the first order on."""
        dice = self.dice("exchange_rates")
        rows, rates, day = [], dict(RATES), self.first - 7 * DAY
        while day <= self.last:
            for currency in rates:
                rates[currency] *= 1 + (dice.random() - 0.5) * 0.02
                rows.append([str(day), currency, f"{rates[currency]:.6f}"])
            day += 7 * DAY
        return rows

    def table_erasures(self) -> list[list[str]]:
        """Simulated members to be forgotten; no real customer, so that no real order goes."""
        dice = self.dice("erasures")
        newcomers = [m.member_id for m in self.members if m.member_id.startswith("sim-")]
        chosen = sorted({dice.pick(newcomers) for _ in range(ERASURES)})
        return [[member_id, str(dice.clock(self.last))] for member_id in chosen]

    def table_consents(self) -> list[list[str]]:
        """Consent of 70 % on joining; 12 % of them withdraw it, and a third of those come back."""
        dice = self.dice("consents")
        rows = []
        for member in self.enrolled:
            if dice.chance(0.7):
                withdrawn_at = member.joined_at + timedelta(days=5 + dice.wait(140), minutes=7)
                gone = dice.chance(0.12) and self.before_end(withdrawn_at)
                end = str(withdrawn_at) if gone else ""
                rows.append([member.member_id, str(member.joined_at), end])
                again = withdrawn_at + (1 + dice.wait(60)) * DAY
                if gone and dice.chance(0.33) and self.before_end(again):
                    rows.append([member.member_id, str(again), ""])
        return rows

    def table_campaign_sends(self) -> list[list[str]]:
        """A campaign every other month to members of the day; a fifth is the control group."""
        dice = self.dice("campaign_sends")
        step = (self.last - self.first).days // (CAMPAIGNS + 1)
        rows = []
        for number in range(1, CAMPAIGNS + 1):
            at = datetime.combine(self.first + number * step * DAY, datetime.min.time())
            there = [member.member_id for member in self.enrolled if member.joined_at < at]
            chosen = sorted({dice.pick(there) for _ in range(SENDS_PER_CAMPAIGN)})
            sent_at = str(at + timedelta(hours=10))
            for member_id in chosen:
                variant = "control" if dice.chance(0.2) else "treatment"
                rows.append([f"sim-c-{number:02d}", member_id, sent_at, variant])
        return rows


def break_row(row: list[str], number: int, name: str, table: Table, dice: Dice) -> list[str]:
    """A copy of `row` with a key of its own and one broken cell; the kinds of break take turns."""
    places = {column.name: place for place, column in enumerate(table.columns)}
    row = list(row)
    if table.columns[0].key and table.columns[0].type == "id" and name != "erasures":
        row[0] = f"sim-bad-{number:05d}"
    required = [column.name for column in table.columns if column.required]
    moments = [c.name for c in table.columns if c.type in ("timestamp", "date")]
    numbers = [c.name for c in table.columns if c.type in ("amount", "count", "rate")]
    breaks = [(required, [""]), (required, ["  "])]
    if name != "erasures":
        breaks.append((moments, ["1997-02-30", "31/12/1997", "1998-01-05 25:10", "soon"]))
    if numbers:
        breaks.append((numbers, ["12,50", "1e3", "N/A", "USD 7"]))
        breaks.append((numbers, ["-1", "-12.50"]))
    if name == "orders":
        breaks.append((["discount_amount"], ["99999.00"]))
        breaks.append((["status"], ["teleported", "?"]))
        breaks.append((["currency"], ["JPY", "FRF"]))
    if name == "order_refunds":
        breaks.append((["order_id"], ["sim-o-gone"]))
    columns, cells = breaks[number % len(breaks)]
    row[places[dice.pick(columns)]] = dice.pick(cells)
    return row


def spoil(rows: list[list[str]], name: str, table: Table, share: float, dice: Dice) -> int:
    """Put bad rows among `rows`, in place: `share` of them broken, half as many an older version.

    An older version has the key of a good row, and an empty cell in the column that tells which is
    newest. Returns how many were added.
    """
    good = list(rows)
    broken = math.ceil(len(good) * share)
    extra = [break_row(dice.pick(good), number, name, table, dice) for number in range(broken)]
    names = [column.name for column in table.columns]
    if any(column.key for column in table.columns):
        for _ in range(math.ceil(broken / 2)):
            row = list(dice.pick(good))
            if table.newest_by:
                row[names.index(table.newest_by)] = ""
            extra.append(row)
    for row in extra:
        rows.insert(dice.whole(0, len(rows)), row)
    return len(extra)


def write(real_folder: Path, out: Path, seed: int, share_bad: float) -> None:
    """Write OUT anew: a CSV file for each table of the contract, and a README.md.

    Errors: OUT exists and was not written by this script.
    """
    if out.exists() and not is_ours(out):
        raise FileExistsError(f"{out} exists and is not simulated data; remove it or name another")
    real = read_orders(real_folder)
    simulation = Simulation(list(real), seed)
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    lines = []
    for name, table in contract().items():
        rows = getattr(simulation, f"table_{name}")()
        bad = spoil(rows, name, table, share_bad, Dice(seed, f"bad {name}"))
        with (fresh / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(column.name for column in table.columns)
            writer.writerows(rows)
        lines.append(f"| `{name}` | {len(rows):,} | {bad:,} |")
        print(f"  {name:<16} {len(rows):>9,} rows, of them {bad:,} bad on purpose", flush=True)
    text = README.format(
        real=real_folder,
        seed=seed,
        share_bad=share_bad,
        real_orders=len(real),
        tables="\n".join(lines),
    )
    (fresh / "README.md").write_text(text, encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)


def is_ours(folder: Path) -> bool:
    """Whether this script wrote the folder, or nobody did (it is empty)."""
    readme = folder / "README.md"
    if readme.exists():
        return readme.read_text(encoding="utf-8").startswith(MARK)
    return not any(folder.iterdir())


def main(arguments: list[str] | None = None) -> int:
    """Command line, see the module. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--real", type=Path, required=True, help="raw folder with orders.csv.gz")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--seed", type=int, required=True, help="whole number")
    parser.add_argument(
        "--share-bad", type=float, default=0.01, help="share of broken rows, 0..0.04"
    )
    options = parser.parse_args(arguments)
    if not 0 <= options.share_bad <= 0.04:
        parser.error("--share-bad is a share from 0 to 0.04 (the build refuses more than 0.05)")
    try:
        write(options.real, options.out, options.seed, options.share_bad)
    except OSError as error:
        print(f"simulate: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
