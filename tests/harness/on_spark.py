"""A Spark session with Iceberg tables beside the DuckDB files of the harness.

One session serves all tests of a process: starting one takes some twenty seconds. Its tables lie in
a folder of the test run, its metastore in memory. `SparkWarehouse.load` takes the raw tables and
the seeds from a DuckDB warehouse as they stand there, so that both engines are given the same, and
`differences` compares the marts in DuckDB, which reads the data files of the Iceberg tables.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
from conftest import FILE_NAME, PROJECT, Dbt, Outcome, Warehouse
from dbt.adapters.base import BaseRelation
from dbt.adapters.spark import SparkAdapter
from pyspark.sql import SparkSession

sys.path.insert(0, str(PROJECT / "scripts"))
import spark_load  # noqa: E402

UNLIKE = {"fct_build_log"}  # says how the marts came about, not what they hold
# Tiny tables: two tasks each, so that rows have no order of their own, and no code generated.
SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.driver.memory": "2g",
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.debug.maxToStringFields": "1",
    "spark.sql.maxPlanStringLength": "1000",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.optimizer.dynamicPartitionPruning.enabled": "false",
    "spark.sql.optimizer.runtime.bloomFilter.enabled": "false",
    "spark.sql.iceberg.vectorization.enabled": "false",
    "spark.sql.catalog.spark_catalog.table-default.write.distribution-mode": "none",
    "spark.sql.catalog.spark_catalog.table-default.write.spark.fanout.enabled": "true",
    "spark.sql.catalog.spark_catalog.table-default.write.parquet.compression-codec": "uncompressed",
    "spark.network.timeout": "1h",  # a machine may be busy, or asleep
    "spark.rdd.compress": "false",
    "spark.shuffle.compress": "false",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "1",
}
# Without a larger cache for compiled code Java keeps sweeping it, a third of all processor time.
JAVA_OPTIONS = (
    "-XX:+UseSerialGC -XX:ReservedCodeCacheSize=400m -Xmn700m -Xss8m"
    " -Dderby.stream.error.file=/dev/null"
)
# Java's second compiler halves the time of a world, from the fourth on.
SHORT_RUN = " -XX:TieredStopAtLevel=1"


def start_session(
    folder: Path,
    master: str = "local[2]",
    settings: Mapping[str, str] = SMALL,
    is_short: bool = False,
) -> SparkSession:
    """The session of this process, with its tables in a folder."""
    told = {
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:metastore;create=true",
        **settings,
    }
    options = JAVA_OPTIONS + (SHORT_RUN if is_short else "")
    words = ["--master", master, "--driver-java-options", options]
    for name, value in told.items():
        words += ["--conf", f"{name}={value}"]
    os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join([*words, "pyspark-shell"])
    os.environ["SPARK_CONF_DIR"] = str(PROJECT / "spark" / "conf")
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    return spark_load.session()


# On a cluster a build waits for all workers.
SPREAD = SMALL | {
    "spark.executor.memory": "1g",
    "spark.executor.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss8m",
    "spark.scheduler.minRegisteredResourcesRatio": "1.0",
    "spark.scheduler.maxRegisteredResourcesWaitingTime": "120s",
}


def tasks_by_executor(spark: SparkSession) -> dict[str, int]:
    """How many tasks each executor has done, the driver left out."""
    store = spark.sparkContext._jsc.sc().statusStore()
    executors = store.executorList(False)
    found = [executors.apply(number) for number in range(executors.size())]
    return {each.id(): each.completedTasks() for each in found if each.id() != "driver"}


def drop_on_spark(adapter: SparkAdapter, relation: BaseRelation) -> None:
    """As light_dbt.py has it for DuckDB, whose word `cascade` Spark lacks."""
    adapter.cache_dropped(relation)
    sql = f"drop {relation.type} if exists {relation}"
    adapter.connections.add_query(sql, auto_begin=False)


SparkAdapter.drop_relation = drop_on_spark


class SparkDbt(Dbt):
    """dbt in this process, target spark."""

    def _run(self, command, database, given, manifest=None):
        """As Dbt's; the file is not looked at."""
        return super()._run([*command, "--target", "spark"], database, given, manifest)


class SparkWarehouse:
    """The schemas of the session, built by dbt on demand."""

    def __init__(self, spark: SparkSession, work: Path) -> None:
        self.spark = spark
        self.work = work
        self.dbt = SparkDbt(work)
        self.file = work / FILE_NAME
        self.is_seeded = False

    def load(self, warehouse: Warehouse) -> SparkWarehouse:
        """Takes the raw tables and the seeds from a DuckDB warehouse."""
        for schema in ("raw", "seeds"):
            spark_load.copy_tables(self.spark, warehouse.path, schema, self.work)
        return self

    def build(
        self,
        vars: Mapping[str, object] | None = None,
        full_refresh: bool = False,
        command: str = "run",
        words: tuple[str, ...] = (),
    ) -> Outcome:
        """Builds the models, as Warehouse.build does."""
        told = [command, *words, *(["--full-refresh"] if full_refresh else [])]
        return self.dbt.invoke(told, self.file, vars, parsed_with={})

    def compile(self, sql: str) -> str:
        """SQL with macros, compiled."""
        outcome = self.dbt.invoke(["compile", "--inline", sql], self.file, {}, parsed_with={})
        return outcome.check().compiled["inline_query"]

    def files(self, schema: str, tables: list[str]) -> dict[str, list[str]]:
        """The data files of each Iceberg table."""
        query = " union all ".join(
            f"select '{table}' as name, file_path from {schema}.{table}.files" for table in tables
        )
        files: dict[str, list[str]] = {table: [] for table in tables}
        for name, path in self.spark.sql(query).collect():
            files[name].append(path.removeprefix("file:"))
        return files


def differences(warehouse: Warehouse, spark: SparkWarehouse, schema: str = "marts") -> list[str]:
    """Tables of a schema that differ: in their columns, their types, or by rows found on one side
    alone (`except all` both ways, every column)."""
    found = []
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{warehouse.path}' as duck (read_only)")
        columns: dict[str, list[tuple[str, str]]] = {}
        for table, column, type_ in con.execute(
            "select table_name, column_name, data_type from information_schema.columns"
            " where table_catalog = 'duck' and table_schema = ? order by ordinal_position",
            [schema],
        ).fetchall():
            columns.setdefault(table, []).append((column, type_))
        for table in UNLIKE:
            columns.pop(table, None)
        for table, files in spark.files(schema, list(columns)).items():
            found += _different(con, f"duck.{schema}.{table}", columns[table], files)
    return found


def _different(con, table: str, columns: list[tuple[str, str]], files: list[str]) -> list[str]:
    """What differs between a table and the files of the other, at most five rows a side."""
    if not files:
        rows = con.execute(f"select count(*) from {table}").fetchone()[0]
        return [f"{table}: {rows} rows only in DuckDB"] if rows else []
    source = f"read_parquet({files})"
    given = {name: type_ for name, type_, *_ in con.execute(f"describe from {source}").fetchall()}
    # Spark's timestamp is a moment; the session's time zone is UTC, so that it shows local time.
    wanted = {
        name: "TIMESTAMP WITH TIME ZONE" if type_ == "TIMESTAMP" else type_
        for name, type_ in columns
    }
    if given != wanted:
        odd = sorted(set(given.items()) ^ set(wanted.items()))
        return [f"{table}: columns or types differ: {odd}"]
    names = ", ".join(f'cast("{name}" as {type_}) as "{name}"' for name, type_ in columns)
    found = []
    for side, one, other in (
        ("DuckDB", f"from {table}", f"select {names} from {source}"),
        ("Spark", f"select {names} from {source}", f"from {table}"),
    ):
        alone = con.execute(f"({one}) except all ({other})").fetchall()
        found += [f"{table}: only in {side}: {row}" for row in alone[:5]]
        if len(alone) > 5:
            found.append(f"{table}: only in {side}: … and {len(alone) - 5} more rows")
    return found
