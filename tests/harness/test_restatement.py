"""What a build restates, why, and what it leaves alone (spec §7)."""

from __future__ import annotations

from datetime import date

import pytest
from histories import shipped_seeds

ORDERS = ("order_id", "member_id", "ordered_at", "gross_amount")
ROWS = [
    ("o1", "m1", "2024-01-01", "10"),
    ("o2", "m2", "2024-01-20", "20"),
    ("o3", "m1", "2024-02-10", "30"),
    ("o4", "m3", "2024-03-05", "40"),
    ("o5", None, "2024-03-06", "50"),
    ("o6", "m2", "2024-04-10", "60"),
]
VARS = {"as_of_date": "2024-04-15"}


def built(warehouse, rows=ROWS, vars=VARS, **raw):
    """The warehouse, built from these orders and other raw tables."""
    warehouse.load({"orders": (ORDERS, rows), **raw})
    warehouse.build(vars=vars, parsed_with={}).check()
    return warehouse


def last_log(warehouse) -> dict:
    """What the last build restated: causes with their dates, first snapshot, how many."""
    rows = warehouse.query(
        "select input, earliest_on, restated_from, snapshots_restated from marts.fct_build_log"
        " where started_at = (select max(started_at) from marts.fct_build_log)"
        " and build_id = (select max_by(build_id, started_at) from marts.fct_build_log)"
    )
    return {
        "causes": {name: on for name, on, _, _ in rows},
        "from": rows[0][2],
        "snapshots": rows[0][3],
    }


@pytest.fixture
def shop(warehouse):
    """A warehouse of six orders: snapshots at the ends of January to March and on 15 April."""
    return built(warehouse)


def test_the_first_build_restates_everything(shop):
    log = last_log(shop)
    assert log["causes"] == {"first build": date(2024, 1, 1)}
    assert (log["from"], log["snapshots"]) == (date(2024, 1, 31), 4)


def test_nothing_new_restates_nothing(shop):
    log = last_log(built(shop, list(reversed(ROWS))))
    assert log == {"causes": {"nothing": None}, "from": None, "snapshots": 0}


@pytest.mark.parametrize(
    ("ordered_at", "restated_from", "snapshots"),
    [
        ("2024-01-31 23:59:59", date(2024, 1, 31), 4),
        ("2024-02-01", date(2024, 2, 29), 3),
        ("2024-02-29", date(2024, 2, 29), 3),
        ("2024-03-01", date(2024, 3, 31), 2),
        ("2024-04-15", date(2024, 4, 15), 1),
        ("2024-04-16", None, 0),
    ],
)
def test_a_late_order_restates_from_the_first_snapshot_that_sees_it(
    shop, ordered_at, restated_from, snapshots
):
    """Older snapshots are not written: a mark that is put into each shows which are."""
    shop.query("update marts.fct_rfm_scores set rfm_segment = 'mark'")
    log = last_log(built(shop, [*ROWS, ("late", "m2", ordered_at, "5")]))
    assert log["causes"] == {"orders": date.fromisoformat(ordered_at[:10])}
    assert (log["from"], log["snapshots"]) == (restated_from, snapshots)
    marked = shop.query(
        "select max(snapshot_date) from marts.fct_rfm_scores where rfm_segment = 'mark'"
    )[0][0]
    kept = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 15)]
    kept = [on for on in kept if restated_from is None or on < restated_from]
    assert marked == (kept[-1] if kept else None)


@pytest.mark.parametrize(
    ("rows", "causes"),
    [
        ([row for row in ROWS if row[0] != "o3"], {"orders": date(2024, 2, 10)}),
        (
            [("o3", "m1", "2024-03-20", "30") if row[0] == "o3" else row for row in ROWS],
            {"orders": date(2024, 2, 10)},
        ),
        (
            [("o4", "m2", *row[2:]) if row[0] == "o4" else row for row in ROWS],
            {"orders": date(2024, 3, 5), "members": date(2024, 3, 5)},
        ),
        (
            [("o5", None, "2024-03-06", "55") if row[0] == "o5" else row for row in ROWS],
            {"other_orders": date(2024, 3, 6)},
        ),
        (
            [(*row[:3], f" {row[3]}.00") if row[0] == "o4" else row for row in ROWS],
            {"nothing": None},
        ),
    ],
    ids=["deleted", "dated on", "another member", "a guest's", "spelt otherwise"],
)
def test_causes_of_a_changed_order(shop, rows, causes):
    log = last_log(built(shop, rows))
    assert log["causes"] == causes
    if set(causes) <= {"other_orders", "nothing"}:
        assert log["snapshots"] == 0


def test_a_refund_restates_from_its_own_date(shop):
    refunds = (
        ("refund_id", "order_id", "refunded_at", "refund_amount"),
        [("r1", "o1", "2024-03-31", "1")],
    )
    log = last_log(built(shop, order_refunds=refunds))
    assert log["causes"] == {"refunds": date(2024, 3, 31)}
    assert log["from"] == date(2024, 3, 31)


def test_a_new_set_of_weights_restates_from_the_day_it_holds(shop):
    columns, old = shipped_seeds()["loyalty_weights"]
    shop.seeds({"loyalty_weights": (columns, [*old, ["2024-03-31", "frequency", "3"]])})
    log = last_log(built(shop))
    assert log["causes"] == {"seed loyalty_weights": date(2024, 3, 31)}
    assert log["snapshots"] == 2


def test_a_var_restates_everything(shop):
    log = last_log(built(shop, vars=VARS | {"churn_after_days": 30}))
    assert log["causes"] == {"code and vars": date(2024, 1, 1)}
    assert log["snapshots"] == 4


def test_as_of_date_moves_on_and_back(shop):
    """The extra snapshot of the last build is dropped; a regular one that stands is not written."""
    dates = "select distinct snapshot_date from marts.fct_aipl_stages order by 1"
    built(shop, vars={"as_of_date": "2024-04-30"})
    assert last_log(shop)["from"] == date(2024, 4, 30)
    built(shop, vars={"as_of_date": "2024-05-02"})
    assert last_log(shop)["from"] == date(2024, 5, 2)
    assert shop.query(dates)[-2:] == [(date(2024, 4, 30),), (date(2024, 5, 2),)]
    built(shop, vars={"as_of_date": "2024-03-31"})
    assert last_log(shop)["snapshots"] == 0
    assert shop.query(dates)[-1] == (date(2024, 3, 31),)


def test_restate_from_is_manual_control(shop):
    log = last_log(built(shop, vars=VARS | {"restate_from": "2024-03-01"}))
    assert log["causes"] == {"var restate_from": date(2024, 3, 1)}
    assert (log["from"], log["snapshots"]) == (date(2024, 3, 31), 2)


def test_full_refresh_keeps_the_log(shop):
    shop.build(vars=VARS, full_refresh=True, parsed_with={}).check()
    assert last_log(shop)["causes"] == {"full refresh": date(2024, 1, 1)}
    assert shop.query("select count(distinct build_id) from marts.fct_build_log") == [(2,)]


def test_a_dropped_mart_comes_back_whole(shop):
    rows = shop.rows("fct_rfm_scores")
    shop.query("drop table marts.fct_rfm_scores")
    refused = shop.build(vars=VARS, select="fct_rfm_scores", parsed_with={})
    assert not refused.success
    assert "fct_rfm_scores cannot be made anew alone" in refused.message
    built(shop)
    assert "missing table fct_rfm_scores" in last_log(shop)["causes"]
    assert sorted(shop.rows("fct_rfm_scores")[1], key=str) == sorted(rows[1], key=str)


def test_full_refresh_of_a_part_is_refused(shop):
    refused = shop.build(vars=VARS, select="fct_rfm_scores", full_refresh=True, parsed_with={})
    assert "fct_rfm_scores cannot be made anew alone" in refused.message
    assert shop.query("select count(distinct snapshot_date) from marts.fct_rfm_scores") == [(4,)]


def test_a_part_built_after_the_plan_was_looked_at_is_not_taken_for_the_whole(shop):
    """`make plan`, then some models: the change must still reach every mart."""
    changed = [("o1", "m1", "2024-01-01", "11"), *ROWS[1:]]
    shop.load({"orders": (ORDERS, changed)})
    shop.build(vars=VARS, select="+int_restatement_causes", parsed_with={}).check()
    part = shop.build(vars=VARS, select="fct_lifecycle_snapshots+", parsed_with={})
    assert "run the whole build" in part.message
    built(shop, changed)
    assert last_log(shop)["from"] == date(2024, 1, 31)
    amounts = shop.query("select gross_amount from marts.fct_orders where order_id = 'o1'")
    assert float(amounts[0][0]) == 11


def test_a_part_of_a_build_may_be_repeated(shop):
    """Some models run again, to the end, after a complete build: no row changes, none twice."""
    before = {name: sorted(shop.rows(name)[1], key=str) for name in ("fct_orders", "fct_build_log")}
    shop.build(vars=VARS, select="fct_lifecycle_snapshots+ fct_orders", parsed_with={}).check()
    for name, rows in before.items():
        assert sorted(shop.rows(name)[1], key=str) == rows
    assert last_log(built(shop))["causes"] == {"nothing": None}


def test_erased_members_leave_no_trace(warehouse):
    """After an erasure no table but the erasures themselves holds an id of the member."""
    others = {
        "events": (
            ("event_id", "occurred_at", "event_type", "visitor_id", "member_id"),
            [
                ("e1", "2024-03-01", "page_view", "secret visitor", None),
                ("e2", "2024-03-02", "page_view", None, "secret member"),
            ],
        ),
        "identities": (("visitor_id", "member_id"), [("secret visitor", "secret member")]),
        "referrals": (
            ("referral_id", "referrer_member_id", "referred_member_id", "invited_at"),
            [("secret edge", "secret member", "m3", "2024-03-01")],
        ),
        "order_refunds": (
            ("refund_id", "order_id", "refunded_at", "refund_amount"),
            [("secret refund", "secret order", "2024-03-09", "1")],
        ),
    }
    rows = [*ROWS, ("secret order", "secret member", "2024-02-02", "7")]
    built(warehouse, rows, **others)
    erasures = (("member_id", "requested_at"), [("secret member", "2024-04-01")])
    built(warehouse, rows, **others, erasures=erasures)
    columns = warehouse.query(
        "select table_schema, table_name, column_name from information_schema.columns"
        " join information_schema.tables using (table_schema, table_name)"
        " where data_type = 'VARCHAR' and table_type = 'BASE TABLE'"
        " and table_schema not in ('raw', 'main') and table_name <> 'stg_erasures'"
    )
    assert len(columns) > 100
    for schema, table, column in columns:
        found = warehouse.query(
            f'select count(*) from "{schema}"."{table}" where contains("{column}", \'secret\')'
        )[0][0]
        # The ids of the order, the refund, the edge: what was rejected, not who was erased.
        allowed = table.startswith("base_") and column in ("order_id", "refund_id", "referral_id")
        assert not found or allowed, f"{schema}.{table}.{column}"


def test_the_ledger_is_the_last_model(dbt, seeded):
    """Every table that lives on is made before the ledger says that the build is complete."""
    nodes = dbt.manifest(seeded).nodes
    ledger = "model.member_loyalty.int_build_ledger"
    before, todo = set(), [ledger]
    while todo:
        for parent in getattr(nodes[todo.pop()].depends_on, "nodes", []):
            if parent in nodes and parent not in before:
                before.add(parent)
                todo.append(parent)
    needed = {
        name
        for name, node in nodes.items()
        if node.resource_type == "model"
        and name != ledger
        and (node.config.materialized == "incremental" or node.fqn[1] == "marts")
    }
    assert needed and needed <= before, needed - before
