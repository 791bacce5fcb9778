"""Whatever one thing changes between two builds, a cell, a rate, a seed, a var, the second sees it.

Histories change many things at once, so that a restatement for one of them can hide that another
went unseen. Here one shop is changed in one thing from build to build.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from conftest import Warehouse
from oracle import build, compare
from oracle.contract import SEEDS, seed_rows
from oracle.contract import TABLES as TABLES_OF
from test_worlds import actual_marts

ORDERS = """
    order_id,member_id,ordered_at,gross_amount,discount_amount,promotion_code,platform,cost_amount,currency,status
    1,a,2024-01-05T10:00,20,1,P,web,3,EUR,pending
    2,a,2024-01-20,30,1,P,web,3,EUR,
    3,b,2024-02-10,30,0,,web,3,,
    4,b,2024-03-20,40,0,,web,3,,
    5,c,2024-03-25,40,0,,web,3,,
"""
TABLES = {
    "orders": ORDERS,
    "exchange_rates": """
        rate_date,currency,rate_to_reporting
        2023-01-01,EUR,2
        2023-01-02,USD,1.5
    """,
    "order_refunds": """
        refund_id,order_id,refunded_at,refund_amount
        r,3,2024-03-26,29
        s,4,2024-03-27,39.999
    """,
    "members": """
        member_id,registered_at,joined_at,acquisition_channel
        a,2024-01-01,2024-01-01,ads
        b,2024-01-01,2024-02-01,ads
        c,2024-02-10,2024-02-10,ads
    """,
    "referrals": """
        referral_id,referrer_member_id,referred_member_id,invited_at
        x,a,c,2024-01-20
    """,
    "events": """
        event_id,occurred_at,event_type,visitor_id,channel
        e,2024-02-02,click,v,ads
        f,2024-02-02,click,w,ads
        g,2024-02-02,page_view,w,ads
    """,
}


@dataclass
class Shop:
    """Raw tables as {table: (columns, rows)}, vars and seeds; each change is made in place."""

    raw: dict = field(default_factory=dict)
    vars: dict = field(default_factory=lambda: {"as_of_date": "2024-04-15"})
    seeds: dict = field(default_factory=seed_rows)

    def __post_init__(self) -> None:
        for name, text in TABLES.items():
            columns, *rows = ([*line.strip().split(",")] for line in text.strip().splitlines())
            self.raw[name] = (columns, rows)

    def cell(self, table: str, key: str, column: str, value: str) -> None:
        """Gives one cell of the row with this key another value."""
        columns, rows = self.raw[table]
        (row,) = (row for row in rows if row[0] == key)
        place = columns.index(column)
        assert row[place] != value
        row[place] = value


def cell(*which: str) -> Callable[[Shop], None]:
    """A change of one cell: table, key, column, value."""
    return lambda shop: shop.cell(*which)


def var(name: str, value: object) -> Callable[[Shop], None]:
    """A change of one var."""
    return lambda shop: shop.vars.update({name: value})


def seed(name: str, change: Callable[[dict], dict]) -> Callable[[Shop], None]:
    """A change of each row of one seed."""
    return lambda shop: shop.seeds.update({name: [row | change(row) for row in shop.seeds[name]]})


def rows_of(name: str, *rows: tuple) -> Callable[[Shop], None]:
    """Other rows of one seed."""
    return lambda shop: shop.seeds.update(
        {name: [dict(zip(SEEDS[name], map(str, row), strict=True)) for row in rows]}
    )


def swapped_joining(shop: Shop) -> None:
    """Two members joined on each other's dates."""
    shop.cell("members", "a", "joined_at", "2024-02-01")
    shop.cell("members", "b", "joined_at", "2024-01-01")


def thresholds(second: int) -> Callable[[Shop], None]:
    """Bounds of money; the one of score 2 is asked for."""
    bounds = [(1, 5), (2, second), (3, 45), (4, 60), (5, 90)]
    return rows_of("score_thresholds", *(("monetary", score, bound) for score, bound in bounds))


CHANGES: dict[str, Callable[[Shop], None]] = {
    "an exchange rate": cell("exchange_rates", "2023-01-01", "rate_to_reporting", "3"),
    "what a status means": seed(
        "order_statuses",
        lambda row: {"order_status": "successful"} if row["raw_status"] == "pending" else {},
    ),
    "a status": cell("orders", "1", "status", "cancelled"),
    "a status back": cell("orders", "1", "status", ""),
    "a discount": cell("orders", "3", "discount_amount", "2"),
    "a promotion code": cell("orders", "4", "promotion_code", "X"),
    "a cost": cell("orders", "3", "cost_amount", "9"),
    "a platform": cell("orders", "3", "platform", "app"),
    "a time of day": cell("orders", "1", "ordered_at", "2024-01-05T11:00"),
    "the order of a refund": cell("order_refunds", "r", "order_id", "5"),
    "the day of a refund": cell("order_refunds", "r", "refunded_at", "2024-03-27"),
    "the last thousandth of a refund": cell("order_refunds", "s", "refund_amount", "40"),
    "the channel of a click": cell("events", "e", "channel", "email"),
    "the type of an event": cell("events", "e", "event_type", "login"),
    "the type of one of two events": cell("events", "g", "event_type", "favourite"),
    "a channel that brought a member": cell("members", "a", "acquisition_channel", "email"),
    "two joining dates, swapped": swapped_joining,
    "new thresholds": thresholds(20),
    "a threshold": thresholds(39),
    "priorities of plays": seed(
        "segment_playbook", lambda row: {"priority": str(2000 - int(row["priority"]))}
    ),
    "names of segments": seed(
        "rfm_segments", lambda row: {"rfm_segment": row["rfm_segment"] + " x"}
    ),
    "dated weights": rows_of(
        "loyalty_weights", ("1900-01-01", "frequency", 1), ("2000-01-01", "frequency", 3)
    ),
    "the dates of weights": rows_of(
        "loyalty_weights", ("2000-01-01", "frequency", 1), ("1900-01-01", "frequency", 3)
    ),
    "a weight": rows_of(
        "loyalty_weights", ("2000-01-01", "frequency", 2), ("1900-01-01", "frequency", 3)
    ),
    "var aipl_loyal_rule": var("aipl_loyal_rule", "latest_gap"),
    "var default_cycle_days": var("default_cycle_days", 1),
    "var cycle_lookback_days": var("cycle_lookback_days", 30),
    "var dormant_r_scores": var("dormant_r_scores", [0, 1, 2, 3, 4]),
    "var referral_attribution_days": var("referral_attribution_days", 5),
    "var reporting_currency": var("reporting_currency", "USD"),
    "as_of_date": var("as_of_date", "2024-05-20"),
}


# What another tool makes of the contract's types when it loads the raw tables.
NATIVE = {
    "timestamp": "timestamp",
    "date": "date",
    "amount": "double",
    "rate": "decimal(18, 12)",
    "count": "bigint",
}


def make_native(warehouse: Warehouse, shop: Shop) -> None:
    """Gives the columns of the raw tables types of their own, and numbers as order ids."""
    for table, (columns, _) in shop.raw.items():
        types = {column.name: NATIVE.get(column.type) for column in TABLES_OF[table].columns}
        types |= {"order_id": "bigint"}
        for column in columns:
            if types[column]:
                warehouse.query(
                    f"alter table raw.{table} alter {column} type {types[column]}"
                    f" using cast(nullif({column}, '') as {types[column]})"
                )


def differences(warehouse: Warehouse, shop: Shop, native: bool = False) -> list[str]:
    """Builds the shop as it is; what differs from the oracle. Args: native - from typed columns."""
    warehouse.load(shop.raw)
    if native:
        make_native(warehouse, shop)
    warehouse.seeds(
        {
            name: (list(SEEDS[name]), [[row[column] for column in SEEDS[name]] for row in rows])
            for name, rows in shop.seeds.items()
        }
    )
    warehouse.build(vars=shop.vars, parsed_with={}).check()
    expected = build(shop.raw, shop.vars, shop.seeds, date(2024, 12, 31))
    return compare(expected, actual_marts(warehouse, expected))


def test_each_change_is_seen(warehouse) -> None:
    """One warehouse, built again after each change; every mart is the oracle's each time."""
    shop = Shop()
    assert not differences(warehouse, shop)
    for name, change in CHANGES.items():
        change(shop)
        found = differences(warehouse, shop)
        assert not found, "\n".join([f"after a change of {name}:", *found[:20]])
    found = differences(warehouse, shop, native=True)
    assert not found, "\n".join(["from typed columns:", *found[:20]])
    causes = "select input from marts.fct_build_log order by started_at desc limit 1"
    assert warehouse.query(causes) == [("nothing",)]
