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
            dict.fromkeys(("orders", "members", "profiles"), date(2024, 3, 5)),
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


PROFILES = ("member_id", "registered_at", "joined_at", "acquisition_channel")
EVENTS = ("event_id", "occurred_at", "event_type", "member_id", "channel")
MONTHS = (
    "select period_start, {} from marts.agg_aarrr"
    " where period_grain = 'month' and channel = 'all' order by period_start"
)


def test_a_changed_profile_restates_aarrr_and_no_snapshot(shop):
    """Registration date and channel of a member of January: months and channels follow them."""
    profile = [("m1", "2024-01-01", "2024-01-01", "ads")]
    built(shop, members=(PROFILES, profile))
    moved = [("m1", "2024-02-20", "2024-01-01", "email")]
    log = last_log(built(shop, members=(PROFILES, moved)))
    assert log["causes"] == {"profiles": date(2024, 1, 1)}
    assert log["snapshots"] == 0
    sums = shop.query(
        "select sum(registrations) filter (where period_start = '2024-02-01'), sum(buyers)"
        " from marts.agg_aarrr where period_grain = 'month' and channel = 'email'"
    )
    assert sums == [(1, 2)]
    assert not shop.query(
        "select period_start from marts.agg_aarrr where channel = 'ads' and buyers > 0"
    )


def test_a_late_login_restates_aarrr_and_no_snapshot(shop):
    """It makes its member active in its month, and retained in the next."""
    first = ("e1", "2024-01-25", "page_view", "m3", "ads")
    built(shop, events=(EVENTS, [first]))
    assert shop.query(MONTHS.format("active_members, retained_members"))[1][1:] == (1, 1)
    late = ("e2", "2024-02-20", "login", "m3", "ads")
    log = last_log(built(shop, events=(EVENTS, [first, late])))
    assert log["causes"] == {"other_events": date(2024, 2, 20)}
    assert log["snapshots"] == 0
    found = shop.query(MONTHS.format("logins, active_members, retained_members"))
    assert [row[1:] for row in found] == [(0, 3, 0), (1, 2, 2), (0, 1, 1), (0, 1, 0)]


def test_a_late_refund_reaches_back_to_the_month_of_its_order(shop):
    """A refund of April that voids an order of January takes its buyer out of January."""
    before = shop.query(MONTHS.format("buyers, new_buyers, refunds"))
    assert [row[1:] for row in before] == [(2, 2, 0), (1, 0, 0), (1, 1, 0), (1, 0, 0)]
    refunds = (
        ("refund_id", "order_id", "refunded_at", "refund_amount"),
        [("r1", "o1", "2024-04-12", "10")],
    )
    built(shop, order_refunds=refunds)
    after = shop.query(MONTHS.format("buyers, new_buyers, refunds"))
    assert [row[1:] for row in after] == [(1, 1, 0), (1, 1, 0), (1, 1, 0), (1, 0, 10)]


def test_a_visitor_tied_later_was_the_member_all_along(shop):
    """Two unique visitors of January become one when the visitor turns out to be the member."""
    columns = ("event_id", "occurred_at", "event_type", "visitor_id", "member_id", "channel")
    events = (
        columns,
        [
            ("e1", "2024-01-10", "page_view", "v", None, "ads"),
            ("e2", "2024-01-11", "page_view", None, "m1", "ads"),
        ],
    )
    built(shop, events=events)
    assert shop.query(MONTHS.format("unique_visitors, page_views"))[0][1:] == (2, 2)
    ties = (("visitor_id", "member_id", "identified_at"), [("v", "m1", "2024-04-01")])
    built(shop, events=events, identities=ties)
    assert shop.query(MONTHS.format("unique_visitors, page_views"))[0][1:] == (1, 2)


def test_a_click_converts_when_as_of_date_passes_the_registration(shop):
    """The registration is dated: nothing else of its member is, from the old as_of_date on."""
    members = (("member_id", "registered_at"), [("m9", "2024-04-18")])
    events = (EVENTS, [("e1", "2024-04-12", "click", "m9", "ads")])
    figures = MONTHS.format("clickers, click_conversions, registrations")
    for as_of, expected in (("15", (1, 0, 0)), ("20", (1, 1, 1)), ("17", (1, 0, 0))):
        built(shop, members=members, events=events, vars={"as_of_date": f"2024-04-{as_of}"})
        assert shop.query(figures)[-1][1:] == expected


def test_only_dates_with_other_events_are_counted_anew(shop):
    """A date whose events are as they were keeps its rows: a mark put into them stays."""
    old = [("e1", "2024-01-25", "login", "m3", "ads"), ("e2", "2024-02-01", "login", "m3", "ads")]
    built(shop, events=(EVENTS, old))
    shop.query("update intermediate.int_event_days set logins = 100")
    new = [old[0], ("e2", "2024-02-02", "login", "m3", "ads"), ("e3", "2024-02-01", *old[1][2:])]
    built(shop, events=(EVENTS, new))
    days = shop.query(
        "select occurred_on, sum(logins) from intermediate.int_event_days group by 1 order by 1"
    )
    assert days == [(date(2024, 1, 25), 100), (date(2024, 2, 1), 1), (date(2024, 2, 2), 1)]


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


def test_a_new_day_restates_the_members_of_that_day(shop):
    """Not those of the day before, whose extra snapshot is replaced: a mark shows who is kept."""
    day, next_day = ("o7", "m3", "2024-04-15", "5"), ("o8", "m1", "2024-04-16", "5")
    built(shop, [*ROWS, day])
    shop.query("update intermediate.int_member_totals set net_revenue = 999")
    shop.query("update intermediate.int_orders set platform = 'mark'")
    log = last_log(built(shop, [*ROWS, day, next_day], {"as_of_date": "2024-04-16"}))
    assert log["causes"] == {
        "extra snapshot": date(2024, 4, 15),
        "as_of_date": date(2024, 4, 16),
        "orders": date(2024, 4, 16),
    }
    assert (log["from"], log["snapshots"]) == (date(2024, 4, 16), 1)
    kept = "select member_id from intermediate.int_member_totals where net_revenue = 999 order by 1"
    assert shop.query(kept) == [("m2",), ("m3",)]
    kept = "select max(order_id) from intermediate.int_orders where platform = 'mark'"
    assert shop.query(kept) == [("o7",)]


@pytest.mark.parametrize(
    ("as_of_date", "goes_back"),
    [("2024-04-14", True), ("2024-04-15", False), ("2024-04-16", False)],
)
def test_an_as_of_date_that_goes_back_is_told(shop, as_of_date, goes_back):
    """So it is when the newest orders are missing from a file."""
    shop.load({"orders": (ORDERS, ROWS)})
    command, tested = "as_of_date_goes_on", f"as_of_date is {as_of_date}, earlier than in the last"
    shop.build(vars={"as_of_date": as_of_date}, parsed_with={}).check()
    outcome = shop.build(command="test", select=command, vars=VARS, parsed_with={}).check()
    assert (tested in outcome.message) is goes_back


@pytest.mark.parametrize(
    ("orders", "again", "amount", "updated_at", "warned"),
    [
        (38, 2, "20", None, False),  # 2 of 40 are a share of 0.05
        (37, 2, "20", None, True),
        (9, 9, "20", "2024-02-01", False),
        (9, 9, "10.00", None, False),
    ],
    ids=["few", "many", "versions", "twins"],
)
def test_lines_of_orders_are_told(warehouse, orders, again, amount, updated_at, warned):
    """Rows that name an order again, with another amount, and no version says which is newer."""
    columns = (*ORDERS, "updated_at")
    rows = [(f"o{n}", "m1", "2024-01-01", "10", None) for n in range(orders)]
    again = [(f"o{n}", "m1", "2024-01-01", amount, updated_at) for n in range(again)]
    warehouse.load({"orders": (columns, rows + again)})
    warehouse.build(select="+base_orders").check()
    outcome = warehouse.build(command="test", select="superseded_orders_are_no_lines").check()
    assert ("rows name an order that another row has too" in outcome.message) is warned


@pytest.mark.parametrize(
    ("sound", "bad", "fails"), [(95, 5, False), (94, 6, True), (93, 6, False)], ids=str
)
def test_the_share_of_defects(warehouse, sound, bad, fails):
    """Of 100 rows 5 may be defective, a share of 0.05, and of fewer rows any number."""
    rows = [(f"o{n}", "m1", "2024-01-01", "10") for n in range(sound)]
    rows += [(f"x{n}", "m1", "2024-01-01", "ten") for n in range(bad)]
    warehouse.load({"orders": (ORDERS, rows)})
    warehouse.build(select="+rejected_rows +stg_*", parsed_with={}).check()
    outcome = warehouse.build(command="test", select="rejected_share_is_within_the_limit")
    assert outcome.success is not fails
    assert ("orders: 6 of 100 rows are defective" in outcome.message) is fails


@pytest.mark.parametrize(("as_of_date", "told"), [("2024-04-09", True), ("2024-04-10", False)])
def test_orders_after_the_as_of_date_are_told(warehouse, as_of_date, told):
    warehouse.load({"orders": (ORDERS, ROWS)})
    given = {"as_of_date": as_of_date}
    warehouse.build(vars=given, select="+int_orders", parsed_with={}).check()
    test = "orders_are_not_after_as_of_date"
    outcome = warehouse.build(command="test", select=test, vars=given, parsed_with={}).check()
    assert (f"an order is dated after as_of_date {as_of_date}" in outcome.message) is told


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
    names = ("fct_orders", "fct_build_log", "int_member_totals", "int_measure_balances")
    before = {name: sorted(shop.rows(name)[1], key=str) for name in names}
    stores = "int_member_totals int_measure_balances int_purchase_gaps int_member_days"
    parts = f"fct_lifecycle_snapshots+ fct_orders {stores}"
    shop.build(vars=VARS, select=parts, parsed_with={}).check()
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
    """Every table that lives on is made before the ledger says that the build is complete; the
    backtest is no part of a build."""
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
        and "backtest" not in node.tags
        and (node.config.materialized == "incremental" or node.fqn[1] == "marts")
    }
    assert needed and needed <= before, needed - before
