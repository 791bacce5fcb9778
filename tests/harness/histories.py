"""Random histories: a hostile world (worlds.py) that changes from build to build.

`History(seed)` is deterministic. It starts with a part of a random world; `step` then changes rows,
seeds, vars or as_of_date in one or several ways: what a shop's raw data do from one day to the
next, and what they should not do but sometimes do.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

from conftest import PROJECT
from worlds import VAR_SETS, World, random_world

# Vars that may change between two builds, with other values: each of them has its own way to make
# old snapshots wrong.
OTHER_VALUES = {
    "tie_policy": ["low", "high", "split"],
    "rfm_window_days": [20, 60, 200],
    "activation_days": [0, 10, 60],
    "referral_window_days": [30, 150],
    "purchase_occasion": ["order", "day"],
    "contribution_measure": ["net_revenue", "gross_margin"],
    "score_partitions": [["platform"], [], ["platform", "promotion_code"]],
    "churn_after_days": [1, 20, 100],
    "development_grace_days": [0, 10, 60],
    "dormant_min_cycles": [0, 1],
    "cycle_statistic": ["mean", "median"],
    "aipl_window_days": [0, 30],
    "infer_members": [True, False],
    "business_timezone": ["UTC", "Asia/Shanghai"],
    "snapshot_start": ["", "2023-03-10", "2023-06-15"],
    "using_events": [True, False],
    "rfm_method": ["independent", "nested"],
    "referral_attribution_days": [5, 90],
    "cycle_lookback_days": [20, 730],
    "default_cycle_days": [10, 90],
    "aipl_loyal_rule": ["current", "latest_gap", "every_gap"],
    "dormant_r_scores": [[0], [0, 1], [1, 2]],
    "campaign_window_days": [0, 14],
    "audience_history_days": [31, 365],
    "using_referrals": [True, False],
    "using_identities": [True, False],
}

# A build ends here when it is broken off: before any model that lives on from build to build.
BREAKING_POINTS = [
    "int_restated_orders",
    "int_restated_persons",
    "int_orders",
    "int_last_facts",
    "int_purchase_gaps",
    "int_measure_balances",
    "int_person_balances",
    "int_member_segments",
    "int_event_days",
    "int_member_days",
    "int_visit_days",
    "fct_orders",
    "fct_rfm_scores",
    "fct_lifecycle_snapshots",
    "agg_segment_transitions",
    "fct_member_tags",
    "int_build_ledger",
]


@cache
def shipped_seeds() -> dict[str, tuple[list[str], list[list[str]]]]:
    """The seeds of the project that worlds override, from their files."""
    tables = {}
    for name in (
        "rfm_segments",
        "loyalty_weights",
        "score_thresholds",
        "order_statuses",
        "segment_playbook",
        "campaign_costs",
    ):
        with (PROJECT / f"seeds/rules/{name}.csv").open(encoding="utf-8", newline="") as file:
            columns, *rows = csv.reader(file)
        tables[name] = (columns, rows)
    return tables


def _day(cell: str | None) -> date | None:
    """The day with which a timestamp cell begins; None where it begins with none."""
    try:
        return date.fromisoformat((cell or "").strip(" ")[:10])
    except ValueError:
        return None


class History:
    """A world that changes.

    Attributes:
        raw: {table: (columns, rows)}, as it is now.
        vars, seeds: as they are now.
        log: what was done in each step, in words.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        world = random_world(self.rng.randrange(10**6) * len(VAR_SETS) + seed % len(VAR_SETS))
        self.vars, self.seeds = dict(world.vars), dict(world.seeds)
        self.log: list[str] = []
        self._add_anchor(world)
        share = self.rng.choice([0.3, 0.6, 0.9, 0.97])
        self.raw: dict = {}
        self.withheld: dict = {}
        for table, (columns, rows) in world.raw.items():
            kept = [row for row in rows if self.rng.random() < share]
            if table == "orders" and rows[0] not in kept:
                kept.insert(0, rows[0])
            self.raw[table] = (columns, kept)
            self.withheld[table] = [row for row in rows if row not in kept]

    def _add_anchor(self, world: World) -> None:
        """A sure first order, so that as_of_date may be set to any later date."""
        columns, rows = world.raw["orders"]
        cells = [row[columns.index("ordered_at")] for row in rows]
        known = [on for on in map(_day, cells) if on and on.year in (2022, 2023)]
        self.first = min(known, default=date(2023, 1, 5))
        sure = {
            "order_id": "anchor 0",
            "gross_amount": "10",
            "status": "shipped",
            "ordered_at": self.first.isoformat(),
        }
        rows.insert(0, [sure.get(column) for column in columns])

    def step(self) -> str:
        """Changes the world in one to four ways. Returns what was done."""
        ways: list[Callable[[], str]] = [
            *[self.insert] * 6,
            *[self.update] * 4,
            *[self.delete] * 3,
            *[self.move_as_of_date] * 4,
            *[self.resend] * 2,
            self.shuffle,
            self.change_seeds,
            self.change_var,
            self.nothing,
        ]
        number = self.rng.choice([1, 1, 2, 2, 3, 4])
        done = "; ".join(self.rng.choice(ways)() for _ in range(number))
        start = self.vars.get("snapshot_start")
        if start and self.vars.get("as_of_date", start) < start:
            self.vars["as_of_date"] = start
            done += f"; as_of_date {start}"
        self.log.append(done)
        return done

    def _table(self, least: int = 1) -> tuple[str, list[str], list]:
        tables = [name for name, (_, rows) in self.raw.items() if len(rows) >= least] or ["orders"]
        heavy = [
            name
            for name in tables
            if name in ("orders", "order_refunds", "members", "referrals", "events")
        ]
        name = self.rng.choice(heavy * 3 + tables)
        return name, *self.raw[name]

    def insert(self) -> str:
        """Rows that were withheld arrive: new ones, late ones, other versions."""
        name = self.rng.choice([*self.withheld, "orders", "orders"])
        pool = self.withheld[name]
        number = min(len(pool), self.rng.choice([1, 2, 5, 20]))
        for _ in range(number):
            self.raw[name][1].append(pool.pop(self.rng.randrange(len(pool))))
        return f"{number} rows into {name}"

    def update(self) -> str:
        """A row takes over a cell of another row: dates, states, amounts, members change."""
        name, columns, rows = self._table(2)
        first = 1 if name == "orders" else 0
        number = self.rng.choice([1, 1, 3])
        changed = []
        for _ in range(number):
            row = self.rng.randrange(first, len(rows)) if len(rows) > first else None
            if row is None:
                continue
            column = self.rng.randrange(len(columns))
            cells = list(rows[row])
            cells[column] = self.rng.choice(rows)[column]
            rows[row] = cells
            changed.append(columns[column])
        return f"changed {', '.join(changed)} in {name}"

    def delete(self) -> str:
        """Rows vanish; some come back later."""
        name, _, rows = self._table(2)
        first = 1 if name == "orders" else 0
        number = min(len(rows) - first, self.rng.choice([1, 1, 2, 10]))
        for _ in range(number):
            row = rows.pop(self.rng.randrange(first, len(rows)))
            if self.rng.random() < 0.5:
                self.withheld[name].append(row)
        return f"{number} rows out of {name}"

    def resend(self) -> str:
        """Rows are sent again, as they are or with another cell."""
        name, columns, rows = self._table()
        for _ in range(self.rng.choice([1, 3])):
            cells = list(self.rng.choice(rows))
            if self.rng.random() < 0.5:
                column = self.rng.randrange(len(columns))
                cells[column] = self.rng.choice(rows)[column]
            rows.append(cells)
        return f"rows sent again in {name}"

    def shuffle(self) -> str:
        """The same rows in another order."""
        for name, (_, rows) in self.raw.items():
            first = 1 if name == "orders" else 0
            rest = rows[first:]
            self.rng.shuffle(rest)
            rows[first:] = rest
        return "rows shuffled"

    def change_seeds(self) -> str:
        """The seeds of another world with the same vars, each or all."""
        number = VAR_SETS.index(self._var_set())
        other = random_world(self.rng.randrange(10**6) * len(VAR_SETS) + number)
        if self.vars.get("score_bins", 5) == 5 and self.rng.random() < 0.3:
            self.seeds = {}
            return "seeds as shipped"
        for name, rows in other.seeds.items():
            if name != "rfm_segments" or self._bins() == other.vars.get("score_bins", 5):
                self.seeds[name] = rows
        return f"seeds {', '.join(other.seeds) or 'kept'}"

    def _bins(self) -> int:
        return self.vars.get("score_bins", 5)

    def _var_set(self) -> dict:
        return next(known for known in VAR_SETS if known.get("score_bins", 5) == self._bins())

    def change_var(self) -> str:
        """Another value of one var."""
        name = self.rng.choice(list(OTHER_VALUES))
        self.vars[name] = self.rng.choice(OTHER_VALUES[name])
        return f"{name} = {self.vars[name]!r}"

    def move_as_of_date(self) -> str:
        """as_of_date a little on, to the end of a month, far on, back or to the default."""
        interval = self.vars.get("snapshot_interval", "month")
        reach = {"month": 400, "week": 150, "day": 50}[interval]
        now = self.vars.get("as_of_date")
        now = date.fromisoformat(now) if now else self.first + timedelta(days=reach // 2)
        on = now + timedelta(days=self.rng.choice([1, 1, 1, 2, 7, 30, -1, -20, reach // 3]))
        if self.rng.random() < 0.2:
            on = on.replace(day=1) - timedelta(days=1)
        on = min(max(on, self.first), self.first + timedelta(days=reach))
        self.vars["as_of_date"] = on.isoformat()
        return f"as_of_date {on}"

    def seed_tables(self) -> dict[str, tuple[list[str], list[list[str]]]]:
        """Every seed that may change, as {seed: (columns, rows)}; as shipped if not overridden."""
        tables = dict(shipped_seeds())
        tables |= World({}, {}, self.seeds, 0).seed_tables()
        return tables

    def broken_build(self) -> str:
        """The model at which a build is broken off, and says so in the log."""
        model = self.rng.choice(BREAKING_POINTS)
        self.log.append(f"build broken off before {model}")
        return model

    def nothing(self) -> str:
        """Nothing changes."""
        return "nothing"
