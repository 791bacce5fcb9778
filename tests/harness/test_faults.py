"""After a build that went wrong, the next ordinary build is what a full refresh and the oracle say.

What goes wrong: SIGKILL in the midst of `dbt run`, a data test that fails, a model that errors, a
warehouse that is in use, a disk that is full. Afterwards the data stay as they are, change once
more, or go back to what they were before the build that went wrong; in that last case nothing but
the plan of that build says what is wrong in the warehouse.

Two environment variables serve longer runs: FAULT_KILLS, how many cases of SIGKILL (default 6), and
FAULT_FIRST_KILL, the seed of the first (default 40).
"""

from __future__ import annotations

import copy
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import PROJECT, Dbt, Outcome, Warehouse, raw_contract
from histories import History
from test_histories import check, different_tables

KILLS = int(os.environ.get("FAULT_KILLS", "6"))
FIRST_KILL = int(os.environ.get("FAULT_FIRST_KILL", "40"))
# What becomes of the raw data, seeds and vars between the build that went wrong and the next.
AFTERWARDS = ["same", "changed", "undone"]
# Parts of the project that a copy of it needs to be built.
PARTS = ["models", "macros", "seeds", "analyses", "tests/generic"]
# Errors before or after the SQL of the model that the environment variable names.
HOOK = "{%% if this.name == env_var('FAULT_%s', '') %%}select error('a fault'){%% endif %%}"
# Data tests on models in the middle, each of which fails on any data: a copy of the project has
# them. Each has models after it that live on from build to build.
TESTED_MODELS = ["int_restated_persons", "int_member_measures"]
LIMIT_TEST = "rejected_share_is_within_the_limit"

HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("begin; create table raw.unfinished as select 1 as one")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for what dbt processes write, so that each reads the project the faster."""
    return tmp_path_factory.mktemp("process")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """dbt on a copy of the project whose models error on demand and with tests that fail.

    The version of the code, as the restatement plan knows it, is that of the project itself.
    """
    project = tmp_path_factory.mktemp("hostile")
    for part in PARTS:
        shutil.copytree(PROJECT / part, project / part)
    shutil.copy(PROJECT / "selectors.yml", project)
    for model in TESTED_MODELS:
        sql = f"select count(*) as faults from {{{{ ref('{model}') }}}}"
        (project / f"tests/fault_in_{model}.sql").write_text(sql, "utf-8")
    config = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))
    config["models"]["member_loyalty"]["+pre-hook"] = HOOK % "BEFORE"
    config["models"]["member_loyalty"]["+post-hook"] = HOOK % "AFTER"
    (project / "dbt_project.yml").write_text(yaml.safe_dump(config), "utf-8")
    return Dbt(tmp_path_factory.mktemp("hostile_work"), project)


@pytest.fixture(scope="session")
def models(dbt: Dbt, seeded: Path) -> list[str]:
    """Names of all models; those that live on from build to build and the plan count threefold."""
    nodes = [n for n in dbt.manifest(seeded).nodes.values() if n.resource_type == "model"]
    lasting = [
        node.name
        for node in nodes
        if node.config.materialized == "incremental" or "/restatement/" in node.original_file_path
    ]
    return sorted(node.name for node in nodes) + sorted(lasting) * 2


def load(warehouse: Warehouse, history: History) -> None:
    """Loads the raw data and seeds of a history as it is now."""
    warehouse.load(history.raw).seeds(history.seed_tables())


def build(warehouse: Warehouse, history: History) -> Outcome:
    """An ordinary build with the vars of a history."""
    return warehouse.build(vars=history.vars, parsed_with={})


@contextmanager
def change(history: History, warehouse: Warehouse, afterwards: str) -> Iterator[None]:
    """Changes and loads the data, lets a build go wrong, then does what `afterwards` says."""
    before = copy.deepcopy(history.__dict__)
    history.step()
    load(warehouse, history)
    yield
    if afterwards == "changed":
        history.step()
    if afterwards == "undone":
        history.__dict__.update(
            {name: before[name] for name in ("raw", "withheld", "vars", "seeds")}
        )
        history.log.append("all of this undone")
    load(warehouse, history)


def assert_mended(history: History, warehouse: Warehouse, refreshed: Warehouse) -> None:
    """The next ordinary build succeeds and its marts are right, and nothing else is left over."""
    build(warehouse, history).check()
    found = check(history, warehouse, refreshed)
    found += [f"left over: {name}" for name in relations(warehouse) - relations(refreshed)]
    assert not found, "\n".join([*history.log, *found])


def relations(warehouse: Warehouse) -> set[str]:
    """The tables and views of a warehouse, but for the raw ones."""
    rows = warehouse.query(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_schema <> 'raw'"
    )
    return {name for (name,) in rows}


def was_interrupted(warehouse: Warehouse) -> bool:
    """Whether the last build that made a plan wrote no ledger."""
    plan, ledger = (
        warehouse.query(f"select max(build_id) from intermediate.int_{table}")
        for table in ("restatement_plan", "build_ledger")
    )
    return plan != ledger


@contextmanager
def dbt_process(
    target: Path, warehouse: Warehouse, vars: dict, command: str = "run"
) -> Iterator[subprocess.Popen]:
    """A dbt process of its own, in a process group of its own, with what it says as text."""
    words = [str(Path(sys.executable).with_name("dbt")), command, "--no-use-colors"]
    words += ["--no-write-json", "--log-level-file", "none", "--vars", json.dumps(vars)]
    words += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    words += ["--target-path", str(target / "target"), "--log-path", str(target / "logs")]
    process = subprocess.Popen(
        words,
        env=os.environ | {"MEMBER_LOYALTY_DB": str(warehouse.path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def read_until(process: subprocess.Popen, pattern: str) -> None:
    """Reads what a process says up to the line that the pattern is in; fails without that line."""
    said = []
    for line in process.stdout:
        said.append(line)
        if re.search(pattern, line):
            return
    pytest.fail(f"dbt never said {pattern}:\n{''.join(said)}", pytrace=False)


def run_and_kill(
    target: Path, warehouse: Warehouse, history: History, pick: random.Random, models: list[str]
) -> None:
    """Starts `dbt run` and kills it once a model picked at random is done, or while it is built."""
    model = pick.choice(models)
    at_boundary = pick.random() < 0.5
    delay = 0 if at_boundary else pick.uniform(0, 0.4)
    done = "OK created" if at_boundary else "START"
    with dbt_process(target, warehouse, history.vars) as process:
        read_until(process, rf"{done} sql \w+ model \w+\.{model} ")
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode in (-signal.SIGKILL, 0)  # 0: the last models were quicker
    history.log.append(f"killed {delay:.2f} s after {done} {model}, exit {process.returncode}")


@pytest.mark.parametrize("case", range(FIRST_KILL, FIRST_KILL + KILLS))
def test_killed_build(case: int, make_warehouse, target: Path, models: list[str]) -> None:
    """One or more builds in a row are killed; the data change before each and after the last."""
    pick = random.Random(case)
    history = History(case)
    history.log.append(f"FAULT_FIRST_KILL={case}")
    warehouse, refreshed = make_warehouse(), make_warehouse()
    load(warehouse, history)
    build(warehouse, history).check()
    for _ in range(pick.choice([1, 1, 2])):
        # Each case in turn ends in another way, whatever is picked.
        with change(history, warehouse, AFTERWARDS[case % len(AFTERWARDS)]):
            run_and_kill(target, warehouse, history, pick, models)
    assert_mended(history, warehouse, refreshed)


def test_killed_first_build(make_warehouse, target: Path, models: list[str]) -> None:
    """The very first build of a warehouse is killed: there is no ledger yet."""
    pick = random.Random(1)
    history = History(1)
    warehouse = make_warehouse()
    load(warehouse, history)
    run_and_kill(target, warehouse, history, pick, ["fct_rfm_scores"])
    history.step()
    load(warehouse, history)
    assert_mended(history, warehouse, make_warehouse())


def test_failing_data_test(warehouse: Warehouse, make_warehouse) -> None:
    """More than max_rejected_share of the orders are defective; then they are mended."""
    history = History(0)
    columns = raw_contract()["orders"]
    history.raw = {"orders": (columns, [order(columns, number) for number in range(120)])}
    history.vars, history.seeds = {}, {}
    load(warehouse, history)
    build_with(warehouse.dbt, LIMIT_TEST, warehouse, history).check()
    rows = history.raw["orders"][1]
    good = copy.deepcopy(rows)
    for row in rows[10:30]:
        row[columns.index("gross_amount")] = "no number"
    load(warehouse, history)
    outcome = build_with(warehouse.dbt, LIMIT_TEST, warehouse, history)
    assert outcome.failures == {LIMIT_TEST}
    assert was_interrupted(warehouse)  # so that scripts/publish.py does not publish it
    assert "orders: 20 of 120 rows are defective" in outcome.message
    history.raw["orders"] = (columns, good)
    load(warehouse, history)
    assert_mended(history, warehouse, make_warehouse())
    assert restating_inputs(warehouse) & {"orders", "interrupted build"}


def build_with(dbt: Dbt, test: str, warehouse: Warehouse, history: History) -> Outcome:
    """Runs `dbt build` with all models and one data test alone."""
    command = ["build", "--select", f"resource_type:model {test}"]
    command += ["--exclude", "tag:backtest", "--exclude-resource-type", "unit_test"]
    command += ["--indirect-selection", "empty"]
    return dbt.invoke(command, warehouse.path, history.vars, {})


def order(columns: list[str], number: int) -> list[str | None]:
    """A sound order; every fifth member buys again and again over ten months."""
    cells = {
        "order_id": f"o{number}",
        "member_id": f"m{number % 25}",
        "ordered_at": f"2023-{1 + number % 10:02}-{1 + number % 28:02}",
        "gross_amount": str(10 + number),
        "status": "completed",
        "platform": "web" if number % 2 else "app",
    }
    return [cells.get(column) for column in columns]


def restating_inputs(warehouse: Warehouse) -> set[str]:
    """What the last complete build says it restated for."""
    rows = warehouse.query(
        "select input from marts.fct_build_log"
        " where build_id = (select max(build_id) from intermediate.int_build_ledger)"
    )
    return {name for (name,) in rows}


@pytest.mark.parametrize(
    ("model", "seed", "afterwards"),
    [(TESTED_MODELS[0], 2, "undone"), (TESTED_MODELS[1], 4, "changed")],
)
def test_failing_data_test_in_the_middle(
    model: str, seed: int, afterwards: str, hostile: Dbt, make_warehouse
) -> None:
    """A test on a model in the middle fails in `dbt build`: models after it are skipped."""

    def fail(warehouse: Warehouse, history: History) -> None:
        """Builds with the test that fails."""
        outcome = build_with(hostile, f"fault_in_{model}", warehouse, history)
        assert outcome.failures == {f"fault_in_{model}"}, outcome.message
        assert {"int_build_ledger", "fct_rfm_scores"} <= skipped(outcome)
        assert was_interrupted(warehouse)

    check_after(fail, seed, afterwards, make_warehouse)


@pytest.mark.parametrize(
    ("moment", "model", "seed", "afterwards"),
    [
        ("AFTER", "int_orders", 6, "undone"),
        ("BEFORE", "int_member_segments", 7, "same"),
        ("AFTER", "int_build_ledger", 8, "undone"),
    ],
)
def test_model_that_errors(
    moment: str,
    model: str,
    seed: int,
    afterwards: str,
    hostile: Dbt,
    make_warehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model errors before its SQL or after it, in its transaction: models after are skipped."""

    def fail(warehouse: Warehouse, history: History) -> None:
        """Builds with the model that errors."""
        with monkeypatch.context() as patch:
            patch.setenv(f"FAULT_{moment}", model)
            outcome = hostile.invoke(["run"], warehouse.path, history.vars, {})
        assert outcome.failures == {model}, outcome.message
        assert model == "int_build_ledger" or "int_build_ledger" in skipped(outcome)

    check_after(fail, seed, afterwards, make_warehouse)


def skipped(outcome: Outcome) -> set[str]:
    """Names of what was skipped."""
    return {name for name, status in outcome.statuses.items() if status == "skipped"}


def check_after(
    fail: Callable[[Warehouse, History], None], seed: int, afterwards: str, make_warehouse
) -> None:
    """A history is built, changed and its next build made to fail; the one after that is right."""
    history, warehouse = History(seed), make_warehouse()
    load(warehouse, history)
    build(warehouse, history).check()
    with change(history, warehouse, afterwards):
        fail(warehouse, history)
    assert_mended(history, warehouse, make_warehouse())


def test_warehouse_in_use(warehouse: Warehouse, make_warehouse, target: Path, tmp_path: Path):
    """While a process has the file open, dbt and load_raw.py refuse and say why."""
    history = History(9)
    load(warehouse, history)
    build(warehouse, history).check()
    was = make_warehouse()
    warehouse.query("checkpoint")
    shutil.copyfile(warehouse.path, was.path)
    (tmp_path / "orders.csv").write_text("order_id,ordered_at,gross_amount\n1,2024-01-01,5\n")
    script = PROJECT / "scripts/load_raw.py"
    load_raw = [sys.executable, str(script), str(tmp_path), "--db", str(warehouse.path)]
    with held_open(warehouse.path):
        with dbt_process(target, warehouse, history.vars) as process:
            said = process.stdout.read()
        loaded = subprocess.run(load_raw, capture_output=True, text=True)
    assert process.returncode not in (0, None), said
    assert str(warehouse.path) in said
    assert "Could not set lock on file" in said and "lock is held" in said, said
    assert loaded.returncode == 2, loaded.stdout
    assert loaded.stderr.startswith(f"load_raw: {warehouse.path}: in use by another process")
    assert every_row(warehouse.path) == every_row(was.path)
    with dbt_process(target, warehouse, history.vars) as process:
        said = process.stdout.read()
    assert process.returncode == 0, said
    assert restating_inputs(warehouse) == {"nothing"}
    assert different_tables(warehouse, was) == []


@contextmanager
def held_open(path: Path) -> Iterator[None]:
    """Another process has the file open, in the midst of a transaction; at the end it is killed."""
    command = [sys.executable, "-c", HOLD, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdout.readline() == "held\n"
            yield
        finally:
            process.kill()


def every_row(path: Path) -> dict[str, list[tuple]]:
    """The rows of every table in a warehouse, in a fixed order."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            'select format(\'"{}"."{}"\', table_schema, table_name)'
            " from information_schema.tables where table_type = 'BASE TABLE'"
        ).fetchall()
        assert len(tables) > 50
        return {
            table: connection.execute(f"select * from {table} order by all").fetchall()
            for (table,) in tables
        }


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="prlimit is Linux's")
@pytest.mark.parametrize(
    ("model", "room", "seed", "afterwards"),
    [("int_restatement_plan", 0, 10, "undone"), ("int_last_facts", 100_000, 11, "changed")],
)
def test_full_disk(
    model: str, room: int, seed: int, afterwards: str, make_warehouse, target: Path
) -> None:
    """Once a model is done no file grows by more than `room` bytes: the build fails."""

    def fail(warehouse: Warehouse, history: History) -> None:
        """Builds with a limit to the size of files that sets in when the model is done."""
        log = warehouse.path.with_name(warehouse.path.name + ".wal")
        with dbt_process(target, warehouse, history.vars) as process:
            read_until(process, rf"OK created sql \w+ model \w+\.{model} ")
            limit = (log.stat().st_size if log.exists() else 0) + room
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
            said = process.stdout.read()
        assert process.returncode not in (0, None), said
        history.log.append(f"full disk after {model}: {said[-500:]}")

    check_after(fail, seed, afterwards, make_warehouse)


def test_second_build_changes_nothing(make_warehouse, target: Path) -> None:
    """A build of the same data restates nothing and says so, by another process too."""
    history, warehouse, was = History(12), make_warehouse(), make_warehouse()
    load(warehouse, history)
    build(warehouse, history).check()
    warehouse.query("checkpoint")
    shutil.copyfile(warehouse.path, was.path)
    log = warehouse.query("from marts.fct_build_log order by all")
    build(warehouse, history).check()
    assert_nothing_restated(warehouse, was, log)
    log = warehouse.query("from marts.fct_build_log order by all")
    with dbt_process(target, warehouse, history.vars) as process:
        said = process.stdout.read()
    assert process.returncode == 0, said
    assert_nothing_restated(warehouse, was, log)


def assert_nothing_restated(warehouse: Warehouse, was: Warehouse, log: list[tuple]) -> None:
    """The marts are what they were, and the build log has one more row, which says `nothing`."""
    assert different_tables(warehouse, was) == []
    now = warehouse.query("from marts.fct_build_log order by all")
    assert [row for row in now if row in log] == log
    assert len(now) == len(log) + 1
    (last,) = warehouse.query(
        "select input, earliest_on, restated_from, snapshots_restated, rows_restated"
        " from marts.fct_build_log"
        " where build_id = (select max(build_id) from intermediate.int_build_ledger)"
    )
    assert last[:4] == ("nothing", None, None, 0)
    assert not last[4]
