"""After any history of builds every mart is what a full refresh and the oracle say."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest
from conftest import Warehouse
from histories import History
from oracle import build, compare
from test_worlds import actual_marts

UNLIKE = {"fct_build_log"}  # says how the marts came about, not what they hold
STORES = (
    "int_orders",
    "int_last_facts",
    "int_member_totals",
    "int_purchase_gaps",
    "int_measure_balances",
    "int_person_balances",
    "int_member_segments",
    "int_event_days",
    "int_member_days",
    "int_visit_days",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each history."""
    if "history_seed" in metafunc.fixturenames:
        first = metafunc.config.getoption("--first-world")
        number = metafunc.config.getoption("--histories")
        metafunc.parametrize("history_seed", range(first, first + number))


def different_tables(one: Warehouse, other: Warehouse) -> list[str]:
    """Marts and stores whose rows differ, with how many rows are alone on each side."""
    found = []
    with duckdb.connect() as connection:
        for name, warehouse in (("one", one), ("other", other)):
            connection.execute(f"attach '{warehouse.path}' as {name} (read_only)")
        tables = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_catalog = 'other' and (table_schema = 'marts' or"
            f" table_name in {STORES}) and table_name not in ('{', '.join(UNLIKE)}')"
        ).fetchall()
        assert len(tables) > 15, tables
        for (table,) in tables:
            alone = [
                connection.execute(
                    f"select count(*) from (from {left}.{table} except all from {right}.{table})"
                ).fetchone()[0]
                for left, right in (("one", "other"), ("other", "one"))
            ]
            if any(alone):
                found.append(f"{table}: {alone[0]} rows only here, {alone[1]} only there")
    return found


def check(history: History, warehouse: Warehouse, refreshed: Warehouse) -> list[str]:
    """What differs between the incremental marts, a full refresh and the oracle."""
    refreshed.load(history.raw).seeds(history.seed_tables())
    refreshed.build(vars=history.vars, parsed_with={}, full_refresh=True).check()
    found = different_tables(warehouse, refreshed)
    zone = ZoneInfo(history.vars.get("business_timezone", "UTC"))
    expected = build(history.raw, history.vars, history.seeds, datetime.now(zone).date())
    built = "select table_name from information_schema.tables where table_schema = 'marts'"
    assert {mart for (mart,) in warehouse.query(built)} <= set(expected) | UNLIKE
    return found + compare(expected, actual_marts(warehouse, expected))


def test_incremental_equals_full_refresh(history_seed: int, make_warehouse) -> None:
    """Three to ten builds, some of them broken off, over data, seeds and vars that change."""
    history = History(history_seed)
    warehouse = make_warehouse()
    for _ in range(history.rng.choice([3, 3, 3, 4, 4, 5, 6, 10])):
        warehouse.load(history.raw).seeds(history.seed_tables())
        if history.rng.random() < 0.2:
            broken_off = history.broken_build()
            words = ["run", "--exclude", f"{broken_off}+", "tag:backtest"]
            warehouse.dbt.invoke(words, warehouse.path, history.vars, {}).check()
        else:
            warehouse.build(vars=history.vars, parsed_with={}).check()
            refreshed = make_warehouse()
            found = check(history, warehouse, refreshed)
            refreshed.path.unlink()
            assert not found, "\n".join([f"history {history_seed}", *history.log, *found])
        history.step()
