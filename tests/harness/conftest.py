"""Fixtures that run dbt inside the test process, on small DuckDB warehouses of their own.

Starting dbt costs about three seconds and reading the project as much again, so that both are done
once: dbt is imported once, and the parsed project is kept for each set of vars. A build of a small
warehouse then costs little more than its models.

    def test_something(warehouse):
        warehouse.load({"orders": (["order_id", "member_id", …], [["1", "m1", …]])})
        warehouse.build(vars={"score_bins": 4}).check()
        columns, rows = warehouse.rows("fct_orders")
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from light_dbt import OF_THIS_RUN, make_dbt_light

PROJECT = Path(__file__).resolve().parents[2]
# The catalogue of a DuckDB file is named after it, and a parsed project holds that name: every
# warehouse of a session therefore has the same file name, each in a folder of its own.
FILE_NAME = "warehouse.duckdb"
# dbt says nothing by itself (it formats each line even to drop it): errors are collected as events.
QUIET = ["--log-level", "none", "--log-level-file", "none", "--no-use-colors", "--no-write-json"]

SAID_BY_MACROS = ("JinjaLogInfo", "JinjaLogWarning")

Rows = Iterable[Sequence[object]]
Table = tuple[Sequence[str], Rows]


make_dbt_light()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --worlds: how many random worlds the oracle is compared on (default 50)."""
    parser.addoption("--worlds", type=int, default=50, help="random worlds to compare")
    parser.addoption("--histories", type=int, default=30, help="random histories to replay")
    sizes = ("small", "full", "cluster")
    parser.addoption("--spark", choices=sizes, default="small", help="test_spark.py")
    parser.addoption("--first-world", type=int, default=0, help="seed of the first of them")


@cache
def raw_contract() -> dict[str, list[str]]:
    """Returns the raw tables and their columns in contract order, from _sources.yml."""
    declared = yaml.safe_load((PROJECT / "models/staging/_sources.yml").read_text("utf-8"))
    tables = declared["sources"][0]["tables"]
    return {table["name"]: [column["name"] for column in table["columns"]] for table in tables}


@dataclass
class Outcome:
    """What a dbt command did.

    Attributes:
        success: whether all went well.
        message: every error that dbt reported and every line that a macro logged or warned of, one
            text.
        statuses: for each hook, seed, model and test what became of it (`success`, `pass`,
            `warn`, `error`, `fail`, `skipped`).
        compiled: SQL of the models and tests that were compiled.
    """

    success: bool
    message: str
    statuses: dict[str, str]
    compiled: dict[str, str]

    @property
    def failures(self) -> set[str]:
        """Names of what failed itself; what was skipped in consequence is not among them."""
        return {name for name, status in self.statuses.items() if status in ("error", "fail")}

    def check(self) -> Outcome:
        """Returns itself after a success, else fails the test with what dbt said."""
        if not self.success:
            pytest.fail(self.message, pytrace=False)
        return self


class Dbt:
    """dbt in this process, with one parsed project for each set of vars."""

    def __init__(self, work: Path, project: Path = PROJECT) -> None:
        self.work = work
        self.project = project
        self._manifests: dict[str, object] = {}

    def _run(
        self, command: Sequence[str], database: Path, given: str, manifest: object = None
    ) -> tuple[object, Outcome]:
        """Runs one dbt command on a database file; returns dbt's own result and what it means."""
        os.environ["MEMBER_LOYALTY_DB"] = str(database)
        OF_THIS_RUN.clear()
        errors: list[str] = []

        def listen(event) -> None:
            if event.info.level == "error" or event.info.name in SAID_BY_MACROS:
                errors.append(event.info.msg)

        arguments = [
            *QUIET,
            *command,
            *("--project-dir", str(self.project), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(self.work / "target"), "--log-path", str(self.work / "logs")),
            *("--vars", given),
        ]
        result = dbtRunner(manifest=manifest, callbacks=[listen]).invoke(arguments)
        DuckDBConnectionManager.close_all_connections()  # else the file stays locked
        nodes = [node for node in getattr(result.result, "results", []) if hasattr(node, "node")]
        statuses = {node.node.name: str(node.status) for node in nodes}
        compiled = {node.node.name: getattr(node.node, "compiled_code", "") for node in nodes}
        message = "\n".join(errors) or str(result.exception or "")
        return result.result, Outcome(result.success, message, statuses, compiled)

    def invoke(
        self,
        command: Sequence[str],
        database: Path,
        vars: Mapping[str, object] | None = None,
        parsed_with: Mapping[str, object] | None = None,
    ) -> Outcome:
        """Runs a dbt command.

        Args:
            command: the words after `dbt`.
            database: DuckDB file, called FILE_NAME.
            vars: vars that differ from their defaults.
            parsed_with: use the project as parsed with these vars, which saves seconds. Right
                where the vars that differ are read only when models are compiled: all but
                raw_database, raw_schema and raw_<table>_identifier.
        """
        given = json.dumps(dict(vars or {}), sort_keys=True)
        parsed = given if parsed_with is None else json.dumps(dict(parsed_with), sort_keys=True)
        failed = self._parse(database, parsed)
        return failed or self._run(command, database, given, self._manifests[parsed])[1]

    def manifest(self, database: Path):
        """Returns the project as parsed with the default vars."""
        failed = self._parse(database, "{}")
        assert not failed, failed.message
        return self._manifests["{}"]

    def _parse(self, database: Path, given: str) -> Outcome | None:
        """Parses the project with these vars, once; returns the outcome only where that fails."""
        if given not in self._manifests:
            manifest, outcome = self._run(["parse", "--no-partial-parse"], database, given)
            if not outcome.success:
                return outcome
            self._manifests[given] = manifest
        return None


class Warehouse:
    """A DuckDB file with the seeds loaded and empty raw tables, built by dbt on demand."""

    def __init__(self, folder: Path, dbt: Dbt, template: Path | None = None) -> None:
        self.path = folder / FILE_NAME
        self.dbt = dbt
        if template is not None:
            shutil.copyfile(template, self.path)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple]:
        """Runs SQL on the file and returns its rows."""
        with duckdb.connect(str(self.path)) as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def load(self, raw: Mapping[str, Table], schema: str = "raw") -> Warehouse:
        """Replaces the raw tables: those not given become empty with all contract columns.

        Args:
            raw: for a table its columns, in file order, and its rows; every cell text or None.
            schema: schema that holds them.
        """
        tables = {table: (columns, ()) for table, columns in raw_contract().items()} | dict(raw)
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(f'create schema if not exists "{schema}"')
            for table, (columns, rows) in tables.items():
                typed = ", ".join(f'"{column}" varchar' for column in columns)
                connection.execute(f'create or replace table "{schema}"."{table}" ({typed})')
                self._insert(connection, f'"{schema}"."{table}"', columns, rows)
        return self

    def seeds(self, overrides: Mapping[str, Table]) -> Warehouse:
        """Replaces the rows of the given seeds (columns and rows)."""
        with duckdb.connect(str(self.path)) as connection:
            for seed, (columns, rows) in overrides.items():
                connection.execute(f'delete from seeds."{seed}"')
                self._insert(connection, f'seeds."{seed}"', columns, rows)
        return self

    @staticmethod
    def _insert(connection, target: str, columns: Sequence[str], rows: Rows) -> None:
        rows = [list(row) for row in rows]
        if rows:
            names = ", ".join(f'"{column}"' for column in columns)
            marks = ", ".join("?" for _ in columns)
            values = ", ".join(f"({marks})" for _ in rows)
            cells = [cell for row in rows for cell in row]
            connection.execute(f"insert into {target} ({names}) values {values}", cells)

    def build(
        self,
        vars: Mapping[str, object] | None = None,
        select: str | None = None,
        full_refresh: bool = False,
        command: str = "run",
        parsed_with: Mapping[str, object] | None = None,
    ) -> Outcome:
        """Builds the models (`run`), or all of models, tests and seeds (`build`).

        Args:
            vars: vars that differ from their defaults.
            select: dbt selector; all when None.
            full_refresh: rebuild incremental models from nothing.
            command: `run`, `test`, `seed` or `build`; `build` loads the seeds from their files.
            parsed_with: as for Dbt.invoke; {} saves reading the project for these vars.
        """
        words = [command]
        words += ["--select", select] if select else []
        words += ["--full-refresh"] if full_refresh else []
        return self.dbt.invoke(words, self.path, vars, parsed_with)

    def rows(self, table: str) -> tuple[list[str], list[tuple]]:
        """Returns column names and rows of a model, found by its name in any schema."""
        return self.rows_of([table])[table]

    def rows_of(self, tables: Iterable[str]) -> dict[str, tuple[list[str], list[tuple]]]:
        """Returns the same for each of several models; opening the file costs more than reading."""
        found = {}
        with duckdb.connect(str(self.path)) as connection:
            schemas = connection.execute(
                "select table_name, table_schema from information_schema.tables"
                " where table_schema != 'raw'"
            ).fetchall()
            for table in tables:
                schema = dict(schemas).get(table)
                assert schema, f"{table} is not in the warehouse"
                cursor = connection.execute(f'select * from "{schema}"."{table}"')
                found[table] = [column[0] for column in cursor.description], cursor.fetchall()
        return found

    def records(self, table: str) -> list[dict]:
        """Returns the rows of a model as dicts."""
        return self.records_of([table])[table]

    def records_of(self, tables: Iterable[str]) -> dict[str, list[dict]]:
        """Returns the same for each of several models."""
        return {
            table: [dict(zip(columns, row, strict=True)) for row in rows]
            for table, (columns, rows) in self.rows_of(tables).items()
        }


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """dbt on this project."""
    return Dbt(tmp_path_factory.mktemp("dbt"))


@pytest.fixture(scope="session")
def seeded(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse file with empty raw tables and the seeds as shipped."""
    warehouse = Warehouse(tmp_path_factory.mktemp("seeded"), dbt).load({})
    warehouse.build(command="seed").check()
    warehouse.query("checkpoint")  # what is copied is the file, without its log
    return warehouse.path


@pytest.fixture(scope="session")
def make_warehouse(dbt: Dbt, seeded: Path, tmp_path_factory: pytest.TempPathFactory):
    """A function that makes another warehouse."""
    return lambda: Warehouse(tmp_path_factory.mktemp("warehouse"), dbt, seeded)


@pytest.fixture
def warehouse(make_warehouse) -> Warehouse:
    """A warehouse with the seeds as shipped and empty raw tables."""
    return make_warehouse()
