"""What must not change the marts: row order, the spelling of ids, bystanders, threads."""

from __future__ import annotations

import random

import pytest
from oracle import compare
from worlds import random_world

MARTS = (
    "dim_members",
    "fct_orders",
    "fct_referrals",
    "fct_rfm_scores",
    "fct_loyalty_scores",
    "fct_member_quadrants",
    "fct_lifecycle_snapshots",
    "fct_aipl_stages",
    "agg_score_bounds",
    "agg_rfm_cells",
    "agg_segment_transitions",
    "rejected_rows",
)
MEMBER_COLUMNS = ("member_id", "referrer_member_id", "referred_member_id")
KEYS = {
    "orders": ["order_id"],
    "order_refunds": ["refund_id"],
    "members": ["member_id"],
    "referrals": ["referral_id"],
    "events": ["event_id"],
    "identities": ["visitor_id"],
    "erasures": ["member_id"],
}


def built(warehouse, raw: dict, seeds: dict | None = None, vars: dict | None = None) -> dict:
    """Builds a warehouse and returns the rows of each mart."""
    warehouse.load(raw).seeds(seeds or {})
    warehouse.build(vars=vars, parsed_with={}).check()
    return {mart: warehouse.records(mart) for mart in MARTS}


def assert_equal(expected: dict, actual: dict) -> None:
    """Fails with the differing rows."""
    differences = compare(expected, actual)
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize("seed", [1000, 1003])
def test_row_order_changes_nothing(seed: int, make_warehouse) -> None:
    """The same rows in another order give the same marts."""
    world = random_world(seed)
    shuffled = {
        table: (columns, random.Random(seed).sample(rows, len(rows)))
        for table, (columns, rows) in world.raw.items()
    }
    seeds = world.seed_tables()
    assert_equal(
        built(make_warehouse(), world.raw, seeds, world.vars),
        built(make_warehouse(), shuffled, seeds, world.vars),
    )


def test_threads_change_nothing(make_warehouse, monkeypatch) -> None:
    """One thread and four give the same marts."""
    world = random_world(1012)
    marts = []
    for threads in ("1", "4"):
        monkeypatch.setenv("MEMBER_LOYALTY_THREADS", threads)
        marts.append(built(make_warehouse(), world.raw, world.seed_tables(), world.vars))
    assert_equal(*marts)


def relabelled(raw: dict, label) -> dict:
    """The raw tables with each member id replaced by label(id); blank ids stay."""
    tables = {}
    for table, (columns, rows) in raw.items():
        members = [i for i, column in enumerate(columns) if column in MEMBER_COLUMNS]
        tables[table] = (
            columns,
            [
                [
                    label(cell) if i in members and cell and cell.strip(" ") else cell
                    for i, cell in enumerate(row)
                ]
                for row in rows
            ],
        )
    return tables


def without_repeated_keys(raw: dict) -> dict:
    """The raw tables with the first row of each key alone: no spelling decides which one wins."""
    tables = {}
    for table, (columns, rows) in raw.items():
        keys = [columns.index(key) for key in KEYS.get(table, []) if key in columns]
        seen: set = set()
        kept = []
        for row in rows:
            key = tuple(row[i] for i in keys)
            if not keys or key not in seen:
                kept.append(row)
            seen.add(key)
        tables[table] = (columns, [] if table in ("consents", "campaign_sends") else kept)
    return tables


def test_spelling_of_member_ids_changes_nothing(make_warehouse) -> None:
    """Other member ids, in another alphabetical order, give the same marts under the new names."""
    world = random_world(1024)
    raw = without_repeated_keys(world.raw)
    labels: dict[str, str] = {}

    def label(member: str) -> str:
        return labels.setdefault(member, f"{random.Random(member).randrange(10**9)} renamed")

    renamed = relabelled(raw, label)
    back = {new: old for old, new in labels.items()}
    before = built(make_warehouse(), raw, world.seed_tables())
    after = built(make_warehouse(), renamed, world.seed_tables())
    for rows in after.values():
        for row in rows:
            for column in MEMBER_COLUMNS:
                if row.get(column) in back:
                    row[column] = back[row[column]]
            person = (row.get("person_id") or "").removeprefix("member:")
            if person in back:
                row["person_id"] = f"member:{back[person]}"
    del before["rejected_rows"], after["rejected_rows"]  # they show the raw cells
    assert_equal(before, after)


def regulars(suffix: str = "") -> list[list[str]]:
    """Orders of 20 members, each of whom buys every month at full price for other amounts."""
    rng = random.Random(5)
    rows = []
    for member in range(20):
        for month in range(1, 13):
            for n in range(rng.choice([1, 1, 2, 3])):
                on = f"2023-{month:02}-{rng.randrange(1, 29):02}"
                key = f"{member}-{month}-{n}{suffix}"
                amount = f"{rng.randrange(1, 400) / 4}"
                rows.append([key, f"member {member}{suffix}", on, amount])
    return rows


ORDER_COLUMNS = ["order_id", "member_id", "ordered_at", "gross_amount"]
SCORED = ("fct_rfm_scores", "fct_loyalty_scores", "fct_member_quadrants", "fct_lifecycle_snapshots")


def test_doubled_population_keeps_its_scores(make_warehouse) -> None:
    """With a twin for each member every score, class, quadrant and stage stays what it was.

    The number of active members, 20, is a multiple of score_bins: NTILE gives its remainder to the
    first tiles, so that only then doubling cannot move a border.
    """
    single = built(make_warehouse(), {"orders": (ORDER_COLUMNS, regulars())})
    twins = {"orders": (ORDER_COLUMNS, regulars() + regulars(" twin"))}
    doubled = built(make_warehouse(), twins)
    originals = {
        mart: [row for row in doubled[mart] if not row["member_id"].endswith("twin")]
        for mart in SCORED
    }
    assert_equal({mart: single[mart] for mart in SCORED}, originals)


def test_member_without_activity_changes_nobody_else(make_warehouse) -> None:
    """An enrolled member who never does anything leaves every other row as it was."""
    members = (["member_id", "joined_at"], [["bystander", "2023-01-01"]])
    orders = (ORDER_COLUMNS, regulars())
    before = built(make_warehouse(), {"orders": orders})
    after = built(make_warehouse(), {"orders": orders, "members": members})
    others = {
        mart: [row for row in after[mart] if row["member_id"] != "bystander"] for mart in SCORED
    }
    assert len(after["fct_rfm_scores"]) > len(others["fct_rfm_scores"])
    assert_equal({mart: before[mart] for mart in SCORED}, others)
