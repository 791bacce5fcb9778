"""Hostile random worlds: raw tables, vars and seeds that try every clause of the specification.

`random_world(seed)` is deterministic. `worlds()` is a hypothesis strategy whose failures shrink to
few rows; `reduced` shrinks a failing world row by row without hypothesis (for slow predicates).
All dates of the data lie in 2022-12 to 2024-06, but for a few orders in 2097: with a build date
between 2025 and 2096 the default as_of_date never depends on the day on which a test runs.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from oracle.cells import rounded
from oracle.contract import SEEDS, TABLES, seed_rows

BUILD_DATE = date(2026, 1, 1)

# fmt: off
# Changing vars makes dbt parse again, so worlds share these sets; together they hold every option
# of every var that changes a mart.
VAR_SETS: list[dict] = [
    {"campaign_min_members": 2, "campaign_window_days": 90},
    {
        "business_timezone": "Asia/Shanghai", "reporting_currency": "CNY", "tie_policy": "high",
        "rfm_method": "nested", "purchase_occasion": "day", "contribution_measure": "gross_margin",
        "score_partitions": ["platform", "store"], "rfm_window_days": 90,
        "referral_window_days": 200, "development_grace_days": 30, "churn_after_days": 31,
        "cycle_statistic": "median", "aipl_loyal_rule": "latest_gap", "as_of_date": "2024-01-31",
        "activation_days": 7,
    },
    {
        "business_timezone": "America/New_York", "snapshot_interval": "week", "score_bins": 3,
        "tie_policy": "split", "infer_members": False, "rfm_window_days": 60,
        "rfm_method": "nested", "audience_history_days": 31, "campaign_window_days": 60,
        "campaign_min_members": 2,
        "referral_attribution_days": 14, "dormant_r_scores": [0], "dormant_min_cycles": 1,
        "development_grace_days": 21, "churn_after_days": 28, "default_cycle_days": 20,
        "aipl_loyal_rule": "every_gap", "aipl_window_days": 30, "as_of_date": "2023-09-20",
        "activation_days": 0,
    },
    {
        "business_timezone": "Asia/Kathmandu", "snapshot_interval": "day", "score_bins": 2,
        "score_partitions": [], "rfm_window_days": 15, "referral_window_days": 15,
        "development_grace_days": 5, "dormant_min_cycles": 0.5, "churn_after_days": 3,
        "cycle_lookback_days": 20, "default_cycle_days": 6, "max_rejected_share": 1,
        "audience_history_days": 32, "campaign_window_days": 0,
        "activation_days": 3,
    },
    {
        "score_bins": 9, "using_order_refunds": False, "using_referrals": False,
        "using_exchange_rates": False, "snapshot_start": "2023-06-15",
        "dormant_r_scores": [0, 1, 2], "rfm_window_days": 120, "churn_after_days": 60,
        "as_of_date": "2024-02-10",
    },
    {
        "snapshot_interval": "week", "business_timezone": "Pacific/Pago_Pago", "tie_policy": "high",
        "using_members": False, "using_events": False, "using_identities": False,
        "purchase_occasion": "day", "rfm_window_days": 45, "development_grace_days": 0,
        "churn_after_days": 7, "score_partitions": ["store"], "aipl_window_days": 60,
    },
    {
        "snapshot_interval": "day", "business_timezone": "Pacific/Kiritimati",
        "tie_policy": "split", "purchase_occasion": "day", "rfm_window_days": 10,
        "referral_attribution_days": 0, "referral_window_days": 1, "snapshot_start": "2023-03-20",
        "development_grace_days": 3, "churn_after_days": 1, "dormant_r_scores": [0, 1, 4, 5],
        "cycle_statistic": "median", "cycle_lookback_days": 1, "default_cycle_days": 4,
        "aipl_loyal_rule": "every_gap", "as_of_date": "2023-04-20",
    },
    {
        "using_erasures": False, "using_consents": False, "using_campaign_sends": False,
        "using_marketing_spend": False, "score_bins": 4, "score_partitions": ["promotion_code"],
        "business_timezone": "Europe/London", "contribution_measure": "gross_margin",
        "rfm_window_days": 200, "dormant_r_scores": [1], "development_grace_days": 60,
        "churn_after_days": 90, "dormant_min_cycles": 1.5,
    },
    {
        "infer_members": False, "reporting_currency": "EUR", "dormant_min_cycles": 2,
        "rfm_method": "nested",
        "churn_after_days": 1, "development_grace_days": 0, "aipl_window_days": 90,
        "aipl_loyal_rule": "latest_gap", "contribution_measure": "gross_margin",
        "rfm_window_days": 31, "cycle_lookback_days": 60, "snapshot_start": "2023-03-01",
        "as_of_date": "2024-03-31",
    },
    {
        "snapshot_interval": "week", "tie_policy": "split", "cycle_statistic": "median",
        "dormant_r_scores": [0, 1, 2], "rfm_window_days": 28, "referral_window_days": 28,
        "development_grace_days": 7, "churn_after_days": 14, "referral_attribution_days": 30,
        "aipl_loyal_rule": "every_gap", "business_timezone": "America/St_Johns",
    },
    {
        "tie_policy": "high", "rfm_window_days": 30, "purchase_occasion": "day",
        "using_identities": False, "dormant_r_scores": [0, 1], "development_grace_days": 45,
        "churn_after_days": 40, "aipl_window_days": 1, "snapshot_interval": "week",
        "as_of_date": "2023-10-01", "reporting_currency": "JPY", "snapshot_start": "2022-06-15",
    },
    {
        "snapshot_interval": "day", "business_timezone": "Europe/London", "rfm_window_days": 1,
        "score_bins": 5, "aipl_window_days": 7, "development_grace_days": 1,
        "churn_after_days": 2, "contribution_measure": "gross_margin", "default_cycle_days": 1,
        "as_of_date": "2023-04-29", "score_partitions": ["platform", "promotion_code"],
    },
]

# First day of the data and its length in days: some 15 months, 40 weeks or 60 days of snapshots.
SPANS = {
    "month": (date(2022, 12, 28), 440),
    "week": (date(2023, 1, 4), 270),
    "day": (date(2023, 3, 3), 56),
}

MEMBER_IDS = [
    "m1", "m2", "M1", "m10", " m1", "m1 ", "0", "00", "é", "e\u0301", "名字", "😀", 'a"b', "a'b",
    "a\\b", "a\\nb", "a\nb", "a\r\nb", "a\tb", "x,y", "x;y", "{{ m }}", "%s", "NULL", "null",
    "\u00a0", "\ufeffx", "';--", "\x01", "\x1fz", "\x7f", "\t", "-1", "1e3", "L" * 300, "m2\u200b",
]
BLANKS = [None, "", " ", "   "]
BAD_TIMESTAMPS = [
    "2023-02-30", "2023-02-29", "2023-13-01", "2023-00-10", "0000-01-01", "2023-1-1", "2023-01-01T",
    "2023-01-01T24:00", "2023-01-01T10:60", "2023-01-01T10:00:60", "2023-01-01t10:00",
    "2023-01-01T10:00z", "2023-01-01  10:00", "2023-01-01Z", "2023-01-01+01:00", "2023-01-01T10",
    "2023-01-01T10:00:00.", "2023-01-01T10:00:00.1234567890", "2023-01-01T10:00+24:00",
    "2023-01-01T10:00+1", "2023-01-01T10:00+01:60", "2023-01-01T10:00 +01:00", "20230101",
    "01/02/2023", "yesterday", "now", "today", "epoch", "infinity", "-infinity", "NaN",
    "2023-01-01\t", "2023-01-01\n", "\u00a02023-01-01", "２０２３-01-01", "2023-01-01T10:00:00,5",
    "12023-01-01", "-2023-01-01", "2023-01-01T10:00 UTC", "2023-01-01 10:00:00 BC", "1672531200",
    "2023-01-01T1:00", "2023-01-01T10:00+01:0", "2023-01-01T10:00+010", "2023-01-01T10:00:5", "'",
    "9999-12-31T23:59-23:59", "0001-01-01T00:00+23:59",
]
BAD_NUMBERS = [
    "1e3", "1E3", "1,000", "NaN", "nan", "inf", "Infinity", "--1", "+-1", ".", "+", "-", "-.",
    "1.2345678901234", "10000000000", "10000000000.00", "99999999999999999999999999999999999999999",
    "-10000000000", "1_000", "0x10", "1 000", "１０", "١", "$5", "5%", "true", "1..2", "1.2.3",
    "10\n", "\t10", "1.0000000000000", "\u00a01", "- 1", "1-", "10d", "1/2", "''",
]
NEGATIVE_NUMBERS = ["-1", "-0.01", "-.5", "-0.000001", "-9999999999.999999", " -1 "]
AMOUNTS = ["0", "0", "10", "10.00", "10.005", "0.005", "0.004999", "1.005", "2.675", ".5", "5.",
           "+7.25", "19.99", "100", "33.333333", "0.01", "-0", "0000000010", "+.5", "49.9", "20"]
RATES = ["1", "7.1", "0.5", "1.5", "0.0069", "1.085", "0.005", "0.000000000001", "+2.", ".25",
         "123.456789012345"]
STATUSES = ["completed", "paid", " Shipped ", "DELIVERED", "", None, "closed", "successful"]
OTHER_STATUSES = ["pending", "on_hold", "Cancelled ", "canceled", "VOIDED", "test", "invoiced"]
EVENT_TYPES = ["impression", "click", "page_view", "add_to_cart", "favourite", "login",
               "store_visit", "register", " Page_View ", "scroll", "páge_view", "page view"]
PLATFORMS = ["web", "app", " app ", "Web", "store", "", None, "unknown", "a=b", "q'\"uote", "微信"]
CHANNELS = ["ads", "email", " ads", "", None, "unknown", "all", "搜索", "Ads"]
CURRENCIES = ["", None, "USD", "usd ", "EUR", "eur", "JPY", "CNY"]
TIMES = [time(0), time(0), time(0, 0, 0, 1), time(0, 30), time(12), time(23, 30),
         time(23, 59, 59), time(23, 59, 59, 999999), time(5, 44), time(10, 15, 30)]
OFFSETS = ["Z", "+00:00", "+0000", "-00", "+05:45", "-0330", "+14", "-12:00", "+23:59", "-23:59",
           "+01", "-05:00"]
# fmt: on


@dataclass(frozen=True)
class World:
    """One world: raw {table: (columns, rows)}, vars and seeds that override the shipped ones."""

    raw: dict
    vars: dict
    seeds: dict
    seed: int

    def seed_tables(self) -> dict[str, tuple[list[str], list[list[str]]]]:
        """The overriding seeds as {seed: (columns, rows)}, empty ones with their columns."""
        return {
            name: (list(SEEDS[name]), [[row[c] for c in SEEDS[name]] for row in rows])
            for name, rows in self.seeds.items()
        }

    def __repr__(self) -> str:
        return (
            f"World(seed={self.seed}, vars={self.vars!r},\n seeds={self.seeds!r},\n"
            f" raw={self.raw!r})"
        )


def random_world(seed: int) -> World:
    """The world of a seed; its vars are VAR_SETS[seed % len(VAR_SETS)]."""
    return _Maker(random.Random(seed), VAR_SETS[seed % len(VAR_SETS)], seed).world()


def worlds():
    """A hypothesis strategy: a random world of which each row may be missing."""
    from hypothesis import strategies as st

    @st.composite
    def draw_world(draw):
        world = random_world(draw(st.integers(0, 10**9)))
        raw = {}
        for table, (columns, rows) in world.raw.items():
            kept = [draw(st.integers(0, 15)) > 0 for _ in rows]
            raw[table] = (
                columns,
                [row for i, row in enumerate(rows) if kept[i] or _is_anchor(world, table, i)],
            )
        return replace(world, raw=raw)

    return draw_world()


def reduced(world: World, fails: Callable[[World], bool]) -> World:
    """The smallest world found that still fails, by taking out ever smaller blocks of rows."""
    size = max((len(rows) for _, rows in world.raw.values()), default=0)
    while size:
        smaller = next((w for w in _without_blocks(world, size) if fails(w)), None)
        if smaller is None:
            size //= 2
        else:
            world = smaller
    return world


def _without_blocks(world: World, size: int) -> Iterator[World]:
    for table, (columns, rows) in world.raw.items():
        for start in range(0, len(rows), size):
            kept = [
                row
                for i, row in enumerate(rows)
                if not start <= i < start + size or _is_anchor(world, table, i)
            ]
            if len(kept) < len(rows):
                yield replace(world, raw={**world.raw, table: (columns, kept)})


def _is_anchor(world: World, table: str, index: int) -> bool:
    """The first order of a world with a set as_of_date keeps that date from being too early."""
    return table == "orders" and index == 0 and bool(world.vars.get("as_of_date"))


class _Maker:
    """Draws one world."""

    def __init__(self, rng: random.Random, variables: dict, seed: int):
        self.rng, self.vars, self.seed = rng, variables, seed
        self.start, self.days = SPANS[variables.get("snapshot_interval", "month")]
        self.end = self.start + timedelta(days=self.days)
        as_of = variables.get("as_of_date")
        self.as_of = date.fromisoformat(as_of) if as_of else self.end
        window = timedelta(days=variables.get("rfm_window_days", 365))
        edges = [self.as_of, self.as_of - window, self.as_of - window + timedelta(days=1)]
        edges += [date(2023, m, 1) - timedelta(days=1) for m in (2, 3, 4, 7)]
        edges += [self.day() for _ in range(4)]
        inside = [d for d in edges if self.start <= d <= self.end]
        self.dates = inside + [d + timedelta(days=1) for d in inside]
        self.bad = rng.choice([0, 0, 0.01, 0.03, 0.08])
        self.members = rng.sample(MEMBER_IDS, rng.choice([0, 1, 2, 6, 12, 18, 25, 25, 25, 25]))
        self.strangers = [m for m in MEMBER_IDS if m not in self.members][:4]
        self.visitors = [*(f"v{i}" for i in range(6)), *self.members[:3], " v1", "v\n2"]
        self.joined: dict[str, datetime] = {}
        self.registered: dict[str, datetime] = {}
        self.bought: list[tuple[str, date, Fraction]] = []
        self.raw: dict = {}

    def world(self) -> World:
        """Draw all tables; some are missing, some are there although switched off."""
        for table in (
            "members",
            "orders",
            "order_refunds",
            "referrals",
            "events",
            "identities",
            "marketing_spend",
            "exchange_rates",
            "erasures",
            "consents",
            "campaign_sends",
        ):
            rows = getattr(self, f"{table}_rows")()
            if table == "orders" or not self.chance(0.06):
                self.add(table, rows)
        self.rng.shuffle(self.raw["orders"][1])
        if self.vars.get("as_of_date"):
            self.add_anchor()
        seeds = self.seeds()
        self.add_edges()
        return World(self.raw, dict(self.vars), seeds, self.seed)

    # Draws

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def count(self, most: int) -> int:
        """A number of rows, often small, 0 among them."""
        return self.rng.choice([0, most // 4, most // 2, most, most])

    def day(self) -> date:
        return self.start + timedelta(days=self.rng.randint(0, self.days))

    def moment(self, near: date | None = None) -> datetime:
        """A time: on or beside `near`, else often one of a few dates, so that much ties."""
        if near:
            on = near + timedelta(days=self.rng.choice([-1, 0, 0, 1, 7, 30]))
        elif self.dates and self.chance(0.4):
            on = self.rng.choice(self.dates)
        else:
            on = self.day()
        return datetime.combine(on, self.rng.choice(TIMES))

    def stamp(self, when: datetime) -> str:
        """A moment in one of the forms that the contract allows."""
        text = when.date().isoformat()
        if when.time() == time(0) and self.chance(0.6):
            return text
        text += self.rng.choice("T ") + when.strftime("%H:%M")
        if when.second or when.microsecond or self.chance(0.5):
            text += when.strftime(":%S")
            micros = f"{when.microsecond:06d}"
            if when.microsecond or self.chance(0.2):
                text += "." + self.rng.choice([micros, micros + "999", micros[:5] + "9", "0"])
        return text + (self.rng.choice(OFFSETS) if self.chance(0.2) else "")

    def maybe_stamp(self, probability: float, when: datetime | None = None):
        return self.stamp(when or self.moment()) if self.chance(probability) else self.blank()

    def blank(self):
        return self.rng.choice(BLANKS)

    def pick(self, options):
        return self.rng.choice(options)

    def member(self):
        """Mostly a member of the table, sometimes a stranger."""
        if self.members and not self.chance(0.1):
            return self.pick(self.members)
        return self.pick(self.strangers)

    # Tables: lists of {column: cell}

    def profile(self, member: str) -> dict:
        joined = self.moment()
        if self.chance(0.35):
            joined = datetime.combine(self.start, time(8)) + timedelta(days=self.rng.randint(-3, 9))
        registered = joined - timedelta(days=self.rng.choice([0, 0, 1, 20, -2]))
        closed = joined + timedelta(
            days=self.rng.choice([-5, 0, 0, 1, 30, 100, 200]), hours=self.rng.choice([-2, 0, 2])
        )
        enrolled = not self.chance(0.12)
        if enrolled:
            self.joined[member] = joined
        self.registered[member] = registered
        return {
            "member_id": member,
            "registered_at": self.maybe_stamp(0.7, registered),
            "joined_at": self.stamp(joined) if enrolled else self.blank(),
            "closed_at": self.maybe_stamp(0.2, closed),
            "acquisition_channel": self.pick(CHANNELS),
            "updated_at": self.maybe_stamp(0.6),
        }

    def members_rows(self) -> list[dict]:
        rows = [self.profile(m) for m in self.members if not self.chance(0.05)]
        rows += [self.profile(self.pick(self.members)) for _ in rows if self.chance(0.12)]
        return rows + [dict(self.pick(rows)) for _ in rows if self.chance(0.05)]

    def orders_rows(self) -> list[dict]:
        rows = []
        most = self.rng.choice([0, 5, 20, 50, 86, 86, 86])
        for number in range(self.rng.randint(most // 2, most)):
            order_id = self.pick(
                [
                    f"o{number}",
                    f"o{number}",
                    f"o{number}",
                    f"O {number}",
                    f'"{number}\n',
                    f" o{number}",
                ]
            )
            when = self.moment()
            if self.chance(0.02):
                when = when.replace(year=2097, day=1)
            gross = self.pick(AMOUNTS) if self.chance(0.7) else f"{self.rng.randint(0, 9999) / 100}"
            if self.chance(0.01):
                gross = "9999999999.999999"
            discount = self.pick(["", None, "0", "0.00", "", gross, "0.01", ".5", "3", "9.995"])
            if Fraction(_plain(discount)) > Fraction(_plain(gross)) and not self.chance(0.1):
                discount = "0"
            self.bought.append(
                (order_id, when.date(), Fraction(_plain(gross)) - Fraction(_plain(discount)))
            )
            rows.append(
                {
                    "order_id": order_id,
                    "member_id": self.blank() if self.chance(0.08) else self.member(),
                    "ordered_at": self.stamp(when),
                    "gross_amount": gross,
                    "discount_amount": discount,
                    "status": self.pick(OTHER_STATUSES if self.chance(0.1) else STATUSES),
                    "platform": self.pick(PLATFORMS),
                    "promotion_code": self.pick(["", None, "", "P1", " ", "p1", "A=1"]),
                    "cost_amount": self.pick(["", None, "0", "4.005", "12", "1.999999", "77"]),
                    "currency": ""
                    if len(gross) > 12 or self.chance(0.4)
                    else self.pick(CURRENCIES),
                    "updated_at": self.maybe_stamp(0.5),
                    "store": self.pick(["north", "south", " north ", "", None, "Süd"]),
                }
            )
            if self.chance(0.02):
                rows[-1]["status"] = self.pick(["???", "refunded", "paid\t"])
            if self.chance(0.02):
                rows[-1]["currency"] = self.pick(["XXX", "€", "Dollar"])
        again = [self.changed(row) for row in rows if self.chance(0.06)]
        return rows + again + [dict(row) for row in rows if self.chance(0.02)]

    def changed(self, row: dict) -> dict:
        """Another version of an order: other cells, sometimes of one and the same time."""
        new = dict(row, gross_amount=self.pick(AMOUNTS), member_id=self.member())
        if self.chance(0.5):
            new["updated_at"] = self.maybe_stamp(0.7)
        if self.chance(0.3):
            new = dict(row, store=self.pick(["north", "south"]))
        if self.chance(0.2):
            new["gross_amount"] = self.pick(BAD_NUMBERS)
        return new

    def order_refunds_rows(self) -> list[dict]:
        rows = []
        for order_id, on, net in self.rng.sample(self.bought, len(self.bought) // 3):
            half = Fraction(rounded(net / 2, 2))
            parts = self.pick(
                [
                    [net],
                    [half, net - half],
                    [net / 3] * 2,
                    [net + 1],
                    [Fraction(1, 100)] * 3,
                    [Fraction(0)],
                    [net - Fraction(1, 100)],
                    [net - Fraction(1, 10**6)],
                    [net, Fraction(5)],
                ]
            )
            when = self.moment(on if self.chance(0.5) else None)
            for part in parts:
                if self.chance(0.6):
                    when = self.moment(when.date())
                rows.append(
                    {
                        "refund_id": f"{self.pick(['r', 'R', ' r', 'é'])}{len(rows)}",
                        "order_id": order_id if not self.chance(0.03) else "no such order",
                        "refunded_at": self.stamp(when),
                        "refund_amount": f"{rounded(max(part, 0), 6):f}",
                    }
                )
        return rows[:40] + [dict(row, refund_amount="1") for row in rows[:40] if self.chance(0.05)]

    def referrals_rows(self) -> list[dict]:
        limit = self.vars.get("referral_attribution_days", 90)
        rows = []
        for number in range(self.count(28)):
            referrer, referred = self.member(), self.member()
            if number and self.chance(0.3):
                last = rows[-1]
                referrer, referred = self.pick(
                    [
                        (last["referred_member_id"], last["referrer_member_id"]),
                        (referrer, last["referred_member_id"]),
                    ]
                )
            if self.joined and self.chance(0.75):
                early = sorted(self.joined, key=self.joined.get)
                referrer = self.pick(early[:3])
                referred = self.pick([*early[1:], referrer])
            joined = self.joined.get(referred)
            invited = self.moment()
            if joined and self.chance(0.8):
                back = self.rng.choice([0, 0, 0, 1, 2, limit, limit + 1, limit // 2, -1, -30])
                invited = joined - timedelta(days=back)
                if self.chance(0.6):
                    invited = datetime.combine(invited.date(), self.rng.choice(TIMES))
            rows.append(
                {
                    "referral_id": self.pick([f"e{number}", f"E{number}", f"é{number}"]),
                    "referrer_member_id": referrer or self.member(),
                    "referred_member_id": self.blank() if self.chance(0.08) else referred,
                    "invited_at": self.stamp(invited),
                }
            )
        rivals = [
            dict(row, referral_id=row["referral_id"].swapcase(), referrer_member_id=self.member())
            for row in rows
            if self.chance(0.15)
        ]
        again = [dict(row, invited_at=self.stamp(self.moment())) for row in rows]
        return rows + rivals + [row for row in again if self.chance(0.05)]

    def events_rows(self) -> list[dict]:
        rows = [
            {
                "event_id": f"t{number}",
                "occurred_at": self.stamp(self.moment()),
                "event_type": self.pick(EVENT_TYPES),
                "visitor_id": self.blank() if self.chance(0.3) else self.pick(self.visitors),
                "member_id": self.member() if self.chance(0.4) else self.blank(),
                "channel": self.pick(CHANNELS),
            }
            for number in range(self.count(40))
        ]
        return rows + [dict(row, event_type="click") for row in rows if self.chance(0.03)]

    def identities_rows(self) -> list[dict]:
        return [
            {
                "visitor_id": self.pick(self.visitors),
                "member_id": self.member(),
                "identified_at": self.maybe_stamp(0.7),
            }
            for _ in range(self.count(10))
        ]

    def marketing_spend_rows(self) -> list[dict]:
        rows = [
            {
                "spend_date": self.stamp(self.moment()),
                "channel": self.pick(["ads", "email", "all", " ads "]),
                "impressions": self.pick(["", "0", "12", "12.0", "1000", "12.5", "+3."]),
                "clicks": self.pick(["", None, "1", "0", "-2", "-2.5", "7.000000", "7.0000000"]),
                "cost_amount": self.pick(AMOUNTS),
                "currency": self.pick([*CURRENCIES, "XXX"]),
            }
            for _ in range(self.count(8))
        ]
        return rows + [dict(row) for row in rows if self.chance(0.2)]

    def exchange_rates_rows(self) -> list[dict]:
        rows = [
            {
                "rate_date": self.pick(["2022-01-01", "2022-12-01", self.stamp(self.moment())]),
                "currency": self.pick(["EUR", "eur ", "JPY", "CNY", "USD", "GBP"]),
                "rate_to_reporting": self.pick(RATES),
            }
            for _ in range(self.count(16))
        ]
        if self.chance(0.6):
            rows += [
                {
                    "rate_date": "2022-06-30",
                    "currency": currency,
                    "rate_to_reporting": self.pick(RATES),
                }
                for currency in ("USD", "EUR", "JPY", "CNY")
            ]
        return rows

    def erasures_rows(self) -> list[dict]:
        if not self.chance(0.3):
            return []
        return [
            {
                "member_id": self.blank() if self.chance(0.1) else self.member(),
                "requested_at": self.pick([self.stamp(self.moment()), "soon", None, "2023-02-30"]),
            }
            for _ in range(self.rng.randint(1, 4))
        ]

    def consents_rows(self) -> list[dict]:
        rows = [
            {
                "member_id": self.member(),
                "consented_at": self.stamp(self.moment()),
                "withdrawn_at": self.maybe_stamp(0.3),
            }
            for _ in range(self.count(8))
        ]
        return rows + [
            dict(row, withdrawn_at=self.maybe_stamp(0.5)) for row in rows if self.chance(0.1)
        ]

    def campaign_sends_rows(self) -> list[dict]:
        rows = [
            {
                "campaign_id": self.pick(["spring", "autumn"]),
                "member_id": self.member(),
                "sent_at": self.stamp(self.moment()),
                "variant": self.pick(["treatment", "Control", "control", "B", "", None]),
            }
            for _ in range(self.count(40))
        ]
        return rows + [dict(row, variant="control") for row in rows if self.chance(0.1)]

    # From rows to raw tables

    def add(self, table: str, rows: list[dict]) -> None:
        """Spoil some cells, drop, add and reorder columns, keep the rows as lists of cells."""
        contract = {column.name: column for column in TABLES[table].columns}
        columns = list(contract)
        if table == "orders":
            columns.append("store")
        for column in contract.values():
            rare = 0.004 if column.required else 0.04
            if self.chance(rare) and not (column.required and table == "orders"):
                columns.remove(column.name)
        if self.chance(0.2):
            columns.insert(self.rng.randint(0, len(columns)), "Extra column")
        if self.chance(0.2):
            self.rng.shuffle(columns)
        cells = []
        for row in rows:
            spoilt = {
                c: self.spoil(contract[c], cell) if c in contract else cell
                for c, cell in row.items()
            }
            extra = self.pick(["", None, "x", 'é"\\\n\t\x02/'])
            cells.append([spoilt.get(column, extra) for column in columns])
            if self.chance(0.03):  # the same key in other words
                cells.append(
                    [
                        f" {cell} "
                        if cell and name in contract and contract[name].type != "id"
                        else cell
                        for name, cell in zip(columns, cells[-1])
                    ]
                )
        self.raw[table] = (columns, cells)

    def spoil(self, column, cell):
        """Mostly the cell itself; else a bad one, a blank one, or one with blanks around it."""
        if self.chance(1 - self.bad):
            padded = column.type != "id" and cell and self.chance(0.03)
            return f" {cell}  " if padded else cell
        if self.chance(0.15):
            return self.blank()
        if column.type in ("timestamp", "date"):
            return self.pick(BAD_TIMESTAMPS)
        if column.type in ("amount", "count", "rate"):
            return self.pick([*BAD_NUMBERS, *NEGATIVE_NUMBERS, "0"])
        return cell

    def add_anchor(self) -> None:
        """A sure first order, so that a set as_of_date is never before the first order."""
        columns, rows = self.raw["orders"]
        sure = {
            "order_id": "anchor",
            "gross_amount": "10",
            "status": "shipped",
            "ordered_at": (self.start + timedelta(days=self.rng.randint(0, 6))).isoformat(),
        }
        rows.insert(0, [sure.get(column) for column in columns])

    def add_edges(self) -> None:
        """More rows at the edges of what AARRR counts: orders around the days since joining and
        around the length of the window, clicks around those before registering, spend."""
        self.rng = random.Random(f"edges {self.seed}")
        limit = self.vars.get("activation_days", 30)
        window = self.vars.get("rfm_window_days", 365)
        dates = [(m, on.date(), [-1, 0, limit, limit + 1]) for m, on in self.joined.items()]
        dates += [(m, on, [window - 1, window, window + 1]) for m, on in self.first_orders()]
        for number, (member, on, distances) in enumerate(self.few(dates, 10)):
            self.append(
                "orders",
                order_id=f"edge {number}",
                member_id=member,
                ordered_at=(on + timedelta(days=self.pick(distances))).isoformat(),
                gross_amount=self.pick(AMOUNTS),
                status="shipped",
            )
        for number, (member, on) in enumerate(self.few(list(self.registered.items()), 12)):
            for again in range(self.rng.randint(1, 3)):
                days = self.pick([0, 1, 6, 7, 8, -1])
                self.append(
                    "events",
                    event_id=f"edge {number} {again}",
                    occurred_at=(on.date() - timedelta(days=days)).isoformat(),
                    event_type=self.pick(["click", "click", "page_view", "login", "impression"]),
                    member_id=member if self.chance(0.7) else self.blank(),
                    visitor_id=self.pick(self.visitors),
                    channel=self.pick(CHANNELS),
                )
        for _ in range(self.rng.randint(0, 12)):
            self.append(
                "marketing_spend",
                spend_date=self.day().isoformat(),
                channel=self.pick(["ads", "email", "all", "unknown", "Ads"]),
                impressions=self.pick(["12", "0", ""]),
                clicks=self.pick(["3", "0", "7"]),
                cost_amount=self.pick(AMOUNTS),
            )

    def few(self, items: list, most: int) -> list:
        """Some of the items, at most so many."""
        return self.rng.sample(items, min(len(items), self.rng.randint(0, most)))

    def first_orders(self) -> list[tuple[str, date]]:
        """A member and a date of an order for some of the orders that name a member."""
        columns, rows = self.raw["orders"]
        if not {"member_id", "order_id"} <= set(columns):
            return []
        members = {row[columns.index("order_id")]: row[columns.index("member_id")] for row in rows}
        return [(members[number], on) for number, on, _ in self.bought if members.get(number)]

    def append(self, table: str, **cells: str) -> None:
        """One more row of a table, where the table is there and is not too long."""
        columns, rows = self.raw.get(table, ([], []))
        if columns and len(rows) < 98:
            rows.append([cells.get(column) for column in columns])

    def seeds(self) -> dict:
        """Seeds to replace; score_bins other than 5 need a segment map of their own."""
        bins = self.vars.get("score_bins", 5)
        seeds = {}
        if bins != 5 or self.chance(0.15):
            names = ["top", "middle", "low", "mixed", "最低"]
            seeds["rfm_segments"] = [
                self.segment(priority, self.pick(names), bins) for priority in (1, 2, 3, 4)
            ] + [
                dict.fromkeys(("r_from", "f_from", "m_from"), "0")
                | dict.fromkeys(("r_to", "f_to", "m_to"), str(bins))
                | {"priority": "9", "rfm_segment": "rest"}
            ]
        if self.chance(0.35):
            seeds["loyalty_weights"] = [
                {
                    "valid_from": valid_from,
                    "measure": measure,
                    "weight": self.pick(["0", "1", "2", "0.5", "1.25", "3"]),
                }
                for valid_from in dict.fromkeys(
                    ["1900-01-01", self.day().isoformat(), self.day().isoformat()]
                )
                for measure in ("frequency", "referral", "average_order_value", "full_price")
                if valid_from == "1900-01-01" or measure == "frequency" or self.chance(0.6)
            ]
        if self.chance(0.3):
            seeds["score_thresholds"] = [
                row
                for measure in (
                    "recency",
                    "frequency",
                    "monetary",
                    "average_order_value",
                    "full_price",
                    "referral",
                    "loyalty",
                )
                if self.chance(0.5)
                for row in self.thresholds(measure, bins)
            ]
        if self.chance(0.25):
            seeds["segment_playbook"] = self.playbook()
        if self.chance(0.5):
            seeds["campaign_costs"] = [
                {
                    "campaign_id": campaign,
                    "variant": variant,
                    "fixed_cost_amount": self.pick(["0", "10", "33.33"]),
                    "cost_per_send_amount": self.pick(["0", "0.005", "1.25"]),
                }
                for campaign in ("spring", "autumn")
                for variant in ("treatment", "control", "b")
                if self.chance(0.7)
            ]
        if self.chance(0.1):
            seeds["order_statuses"] = [
                {"raw_status": raw, "order_status": status}
                for raw, status in (
                    ("completed", "successful"),
                    ("paid", "pending"),
                    ("closed", "cancelled"),
                    ("shipped", "successful"),
                    ("???", "successful"),
                    ("test", "cancelled"),
                )
            ][self.pick([0, 0, 1]) :]
        return seeds

    def playbook(self) -> list[dict]:
        """The shipped playbook with other priorities and some rows missing; seldom an empty one."""
        kept = [row for row in seed_rows()["segment_playbook"] if not self.chance(0.2)]
        if self.chance(0.1):
            return []
        priorities = self.rng.sample(range(1, 1000), len(kept))
        return [dict(row, priority=str(p)) for row, p in zip(kept, priorities)]

    def segment(self, priority: int, name: str, bins: int) -> dict:
        row = {"priority": str(priority), "rfm_segment": name}
        for letter in "rfm":
            bounds = sorted(self.rng.randint(0, bins) for _ in range(2))
            row[f"{letter}_from"], row[f"{letter}_to"] = (str(bound) for bound in bounds)
        return row

    def thresholds(self, measure: str, bins: int) -> list[dict]:
        """Bounds for all scores or for some, falling for recency, rising for the others."""
        asked = [s for s in range(1, bins + 1) if not self.chance(0.2)] or [1]
        steps = ["0", "1", "2", "2.5", "4", "10", "19.99", "20", "45", "100.0001", "250"]
        bounds = sorted(
            self.rng.sample(steps, len(asked)), key=Fraction, reverse=measure == "recency"
        )
        return [
            {"measure": measure, "score": str(score), "lower_bound": bound}
            for score, bound in zip(asked, bounds)
        ]


def _plain(amount: str | None) -> str:
    """A well-formed amount as Fraction reads it."""
    return (amount or "0").rstrip(".") or "0"
