"""Spark's marts equal DuckDB's: every mart, every column, every row (`except all` both ways).

Without an option a history is built, a hostile world that changes once; `--spark=full` (`make
spark-test`) builds more of them, worlds, the data with published answers and the demo;
`--spark=cluster` builds a world on a standalone master and two workers.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest
from conftest import PROJECT, Warehouse

WHY = "needs Java 17 and the environment of `make spark-setup`"
pytest.importorskip("pyspark", reason=WHY)
pytest.importorskip("dbt.adapters.spark", reason=WHY)
sys.path.insert(0, str(PROJECT / "scripts"))

import load_raw  # noqa: E402
import published  # noqa: E402
import spark_load  # noqa: E402
from histories import History  # noqa: E402
from on_spark import (  # noqa: E402
    SPREAD,
    SparkWarehouse,
    differences,
    start_session,
    tasks_by_executor,
)
from spark_cluster import cluster  # noqa: E402
from worlds import random_world  # noqa: E402

# By --spark: how many of each, and steps of a history after its first build.
WORLDS = {"small": 0, "full": 20, "cluster": 1}
HISTORIES = {"small": 1, "full": 5, "cluster": 0}
STEPS = {"small": 1, "full": 2}
PUBLISHED = {"small": 0, "full": len(published.CASES), "cluster": 0}
WORKERS = 2
# Models that gather days, snapshots or what restates them, a few thousand rows at most.
OF_FEW_ROWS = {
    "int_calendar",
    "int_snapshot_dates",
    "int_restatement_causes",
    "int_restatement_plan",
}
DEMO = PROJECT / "build/demo_raw"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each world, each history and each published answer."""
    size = metafunc.config.getoption("--spark")
    first = metafunc.config.getoption("--first-world")
    for name, numbers in (("world_seed", WORLDS), ("history_seed", HISTORIES)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, range(first, first + numbers[size]))
    if "case" in metafunc.fixturenames:
        cases = published.CASES[: PUBLISHED[size]]
        metafunc.parametrize("case", cases, ids=lambda case: case.name)


@pytest.fixture(scope="session")
def size(request: pytest.FixtureRequest) -> str:
    """Option --spark."""
    return request.config.getoption("--spark")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory, size: str) -> Iterator[SparkWarehouse]:
    """The Spark session, its schemas empty."""
    folder = tmp_path_factory.mktemp("spark")
    if size != "cluster":
        yield SparkWarehouse(start_session(folder, is_short=size == "small"), folder)
        return
    with cluster(folder, WORKERS) as master:
        yield SparkWarehouse(start_session(folder, master, SPREAD, is_short=True), folder)


def build_both(warehouse: Warehouse, spark: SparkWarehouse, vars: dict, anew: bool) -> dict:
    """Builds on both engines from what the DuckDB warehouse holds; returns Spark's SQL by model."""
    warehouse.build(vars=vars, parsed_with={}).check()
    return spark.load(warehouse).build(vars=vars, full_refresh=anew).check().compiled


def test_a_world_is_the_same_on_both(world_seed: int, warehouse, spark, size) -> None:
    world = random_world(world_seed)
    warehouse.load(world.raw).seeds(world.seed_tables())
    compiled = build_both(warehouse, spark, world.vars, anew=True)
    found = differences(warehouse, spark)
    assert not found, "\n".join([f"world {world_seed}, vars {world.vars}", *found])
    check_plans(spark, compiled)
    done = tasks_by_executor(spark.spark)
    assert sum(tasks > 0 for tasks in done.values()) == (WORKERS if size == "cluster" else 0), done


def test_a_history_is_the_same_on_both(history_seed: int, warehouse, spark, size) -> None:
    """Late rows, changes, deletes, refunds, other vars: each build restates what DuckDB's does."""
    history = History(history_seed)
    for step in range(1 + STEPS[size]):
        warehouse.load(history.raw).seeds(history.seed_tables())
        compiled = build_both(warehouse, spark, history.vars, anew=step == 0)
        found = differences(warehouse, spark)
        assert not found, "\n".join([f"history {history_seed}", *history.log, *found])
        if step < 2:  # a first build, and one that restates
            check_plans(spark, compiled)
        history.step()


def test_a_window_over_everybody_would_be_found(spark) -> None:
    planted = {
        "over everybody": "select row_number() over (order by id) as n from range(9)",
        "over each": "select row_number() over (partition by id order by id) as n from range(9)",
        "one sum": "select sum(id) as n from range(9)",
    }
    found = windows_in_one_task(spark, planted)
    assert [line.partition(":")[0] for line in found] == ["over everybody"], found


# So that one task must be asked for, and that a plan is shown as a whole.
WHILE_PLANNING = {"spark.sql.shuffle.partitions": "4", "spark.sql.maxPlanStringLength": "99999999"}


def check_plans(spark: SparkWarehouse, compiled: dict[str, str]) -> None:
    """Fails, with all of them, where a model gathers rows in one task."""
    found = windows_in_one_task(spark, compiled)
    assert not found, "\n".join([f"{len(found)} in one task", *found])


def windows_in_one_task(spark: SparkWarehouse, compiled: dict[str, str]) -> list[str]:
    """The models whose plan brings more than one row a task, or a date a row, into one task."""
    found = []
    conf = spark.spark.conf
    before = {name: conf.get(name) for name in WHILE_PLANNING}
    for name, value in WHILE_PLANNING.items():
        conf.set(name, value)
    try:
        for model, sql in compiled.items():
            if model in OF_FEW_ROWS or not sql:
                continue
            plan = spark.spark.sql(sql)._jdf.queryExecution().executedPlan().toString()
            found += [f"{model}: {line}" for line in gathered(plan)]
    finally:
        for name, value in before.items():
            conf.set(name, value)
    return found


def gathered(plan: str) -> list[str]:
    """The operators of a physical plan below which all rows go to one task, but for the parts of a
    sum over everything, one row a task."""
    lines = plan.splitlines()
    return [
        re.sub(r"^[ :|*+()\d-]+", "", below)
        for line, below in zip(lines, lines[1:])
        if re.search(r"(?<!], )Exchange SinglePartition", line)  # not one that is read again
        and not re.search(r"Aggregate\(keys?=\[\]", below)
    ]


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


def test_a_folder_is_loaded(spark, tmp_path) -> None:
    """What `make spark-build` begins with."""
    (tmp_path / "orders.csv").write_text("order_id,member_id,ordered_at,gross_amount\n1,ä,,2.50\n")
    assert spark_load.main([str(tmp_path)]) == 0
    assert spark.spark.sql("select member_id, gross_amount from raw.orders").collect() == [
        ("ä", "2.50")
    ]
    assert spark.spark.sql("select * from raw.events").count() == 0


def test_a_ratio_is_exact_up_to_64_bits_and_stops_beyond(spark) -> None:
    """Spark would go on with an overflow; DuckDB stops by itself."""
    inline = "select {{ member_loyalty.exact_ratio('n', 'd', 6) }} as ratio from numbers"
    sql = spark.compile(inline)
    largest = 4 * 10**12
    for number, divisor, ratio in (
        (largest, 7, "571428571428.571429"),
        (-largest, 7, "-571428571428.571429"),
        (1, 2 * 10**6, "0.000001"),
        (1, 2 * 10**6 + 1, "0.000000"),
        (largest + 1, 7, None),
        (-largest - 1, 7, None),
    ):
        given = f"with numbers as (select {number} as n, {divisor} as d) {sql}"
        if ratio:
            assert f"{spark.spark.sql(given).collect()[0].ratio:f}" == ratio
        else:
            with pytest.raises(Exception, match="beyond 64 bits"):
                spark.spark.sql(given).collect()


def test_the_demo(warehouse, spark, size) -> None:
    """Real purchases with simulated companions and bad rows (`make build` simulates them)."""
    if size != "full":
        pytest.skip("only with --spark=full")
    load_raw.load(DEMO, str(warehouse.path), "raw")
    build_both(warehouse, spark, {}, anew=True)
    found = differences(warehouse, spark)
    assert not found, "\n".join(found)
