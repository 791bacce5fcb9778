"""Spark's marts equal DuckDB's: every mart, every column, every row (`except all` both ways).

Without an option a world and a history are built; `--spark=full` (`make spark-test`) builds more of
them, and the data with published answers.
"""

from __future__ import annotations

import re

import pytest
from conftest import Warehouse

WHY = "needs Java 17 and the environment of `make spark-setup`"
pytest.importorskip("pyspark", reason=WHY)
pytest.importorskip("dbt.adapters.spark", reason=WHY)

import published  # noqa: E402
from histories import History  # noqa: E402
from on_spark import SparkWarehouse, differences, start_session  # noqa: E402
from worlds import random_world  # noqa: E402

WORLDS = {"small": 1, "full": 24}
HISTORIES = {"small": 1, "full": 6}
STEPS = {"small": 2, "full": 4}
# Models whose window over everything sees days or snapshots, a few thousand rows at most.
OVER_DATES = {"int_calendar", "int_snapshot_dates"}
# Views for MetricFlow, which is asked about the DuckDB file alone.
FOR_METRICFLOW = {"sem_invites"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each world and each history."""
    size = metafunc.config.getoption("--spark")
    first = metafunc.config.getoption("--first-world")
    for name, numbers in (("world_seed", WORLDS), ("history_seed", HISTORIES)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, range(first, first + numbers[size]))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> SparkWarehouse:
    """The Spark session, its schemas empty."""
    folder = tmp_path_factory.mktemp("spark")
    return SparkWarehouse(start_session(folder), folder)


def build_both(warehouse: Warehouse, spark: SparkWarehouse, vars: dict, anew: bool) -> dict:
    """Builds on both engines from what the DuckDB warehouse holds; returns Spark's SQL by model."""
    warehouse.build(vars=vars, parsed_with={}).check()
    return spark.load(warehouse).build(vars=vars, full_refresh=anew).check().compiled


def test_a_world_is_the_same_on_both(world_seed: int, warehouse, spark) -> None:
    world = random_world(world_seed)
    warehouse.load(world.raw).seeds(world.seed_tables())
    compiled = build_both(warehouse, spark, world.vars, anew=True)
    found = differences(warehouse, spark)
    assert not found, "\n".join([f"world {world_seed}, vars {world.vars}", *found])
    one_task = windows_in_one_task(spark, compiled)
    assert not one_task, "\n".join(one_task)


def test_a_history_is_the_same_on_both(history_seed: int, warehouse, spark, request) -> None:
    """Late rows, changes, deletes, refunds, other vars: each build restates what DuckDB's does."""
    history = History(history_seed)
    for step in range(1 + STEPS[request.config.getoption("--spark")]):
        warehouse.load(history.raw).seeds(history.seed_tables())
        build_both(warehouse, spark, history.vars, anew=step == 0)
        found = differences(warehouse, spark)
        assert not found, "\n".join([f"history {history_seed}", *history.log, *found])
        history.step()


def windows_in_one_task(spark: SparkWarehouse, compiled: dict[str, str]) -> list[str]:
    """The models whose plan brings more than one row a task, or a date a row, into one task."""
    found = []
    tasks = spark.spark.conf.get("spark.sql.shuffle.partitions")
    spark.spark.conf.set("spark.sql.shuffle.partitions", "4")  # one task must be asked for
    try:
        for model, sql in compiled.items():
            if model in OVER_DATES | FOR_METRICFLOW or not sql:
                continue
            plan = spark.spark.sql(sql)._jdf.queryExecution().executedPlan().toString()
            found += [f"{model}: {line}" for line in gathered(plan)]
    finally:
        spark.spark.conf.set("spark.sql.shuffle.partitions", tasks)
    return found


def gathered(plan: str) -> list[str]:
    """The operators of a physical plan below which all rows go to one task, but for the parts of a
    sum over everything, one row a task."""
    lines = plan.splitlines()
    return [
        re.sub(r"^[ :|*+()\d-]+", "", below)
        for line, below in zip(lines, lines[1:])
        if "Exchange SinglePartition" in line and not re.search(r"Aggregate\(keys?=\[\]", below)
    ]


@pytest.mark.parametrize("case", published.CASES[:1], ids=lambda case: case.name)
def test_published_answer(case: published.Case, warehouse, spark) -> None:
    """A published answer on real data, as test_published.py has it for DuckDB."""
    seeds = {
        name: (list(rows[0]), [list(row.values()) for row in rows]) if rows else ([], [])
        for name, rows in case.seeds.items()
    }
    warehouse.load(case.raw()).seeds(seeds)
    build_both(warehouse, spark, case.vars, anew=True)
    found = differences(warehouse, spark)
    assert not found, "\n".join(found)
