"""Measure the project on Spark as the raw data and the cluster grow.

    .venv-spark/bin/python scripts/spark_bench.py [--orders 1000000 2000000 4000000]
        [--workers 1 2] [--months 36]

For each number of orders make up a retailer as bench.py does (a tenth as many members), load it
into Iceberg tables, and run dbt build without tests on a standalone cluster of so many workers of
one core each, on this machine. Spark's own event log then says what the build was: stages, tasks,
bytes shuffled and spilled, seconds of the executors' processors, and the models that took most; the
Iceberg tables say what a row of each takes. With no more cores than this machine has, that shows
the trend and the sizes, not what a cluster can do.

Exit code 2: a step failed.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from _contract import ROOT
from bench import Size, apart, generate, measure
from spark_cluster import cluster
from spark_load import session

# In a plan: the table that a statement makes, or the one that a write goes to.
WRITES = re.compile(r"AsSelect\nArguments: [^,\n]+, \w+\.(\w+)|IcebergWrite\(table=(?:\w+\.)*(\w+)")
GB = 1e9
# Tables that grow with neither orders nor members are not listed.
LEAST_ROWS = 10_000


@dataclass
class Work:
    """What Spark's event log says of a build, or of one model."""

    stages: int = 0
    tasks: int = 0
    seconds: float = 0  # of the executors' processors
    shuffled: int = 0  # bytes
    spilled: int = 0  # bytes, on disk


@dataclass
class Run:
    """A measured build."""

    size: Size
    workers: int
    wall: float
    whole: Work = field(default_factory=Work)
    models: dict[str, Work] = field(default_factory=dict)


def events(log: Path) -> Iterator[dict]:
    """The events of an event log, in order."""
    with log.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def read_log(log: Path, run: Run) -> None:
    """Add to a run what its event log says: in all, and by the table that a statement wrote."""
    written: dict[str, str] = {}
    model_of_stage: dict[int, str] = {}
    for event in events(log):
        kind = event["Event"].rpartition(".")[2]
        if kind == "SparkListenerSQLExecutionStart":
            found = WRITES.search(event["physicalPlanDescription"])
            written[str(event["executionId"])] = (
                (found[1] or found[2]) if found else "(other statements)"
            )
        elif kind == "SparkListenerJobStart":
            execution = event["Properties"].get("spark.sql.execution.id", "")
            for stage in event["Stage IDs"]:
                model_of_stage[stage] = written.get(execution, "(other statements)")
        elif kind in ("SparkListenerStageCompleted", "SparkListenerTaskEnd"):
            stage = event.get("Stage ID", event.get("Stage Info", {}).get("Stage ID"))
            model = run.models.setdefault(model_of_stage.get(stage, "(other statements)"), Work())
            for work in (run.whole, model):
                if kind == "SparkListenerStageCompleted":
                    work.stages += 1
                else:
                    add_task(work, event.get("Task Metrics") or {})


def add_task(work: Work, metrics: dict) -> None:
    """Add a finished task to what has been counted."""
    work.tasks += 1
    work.seconds += metrics.get("Executor CPU Time", 0) / 1e9
    work.shuffled += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
    work.spilled += metrics.get("Disk Bytes Spilled", 0)


def list_tables(report: str) -> None:
    """Write rows, bytes and files of each Iceberg table of the warehouse as JSON."""
    spark, found = session(), []
    for schema in ("raw", "staging", "intermediate", "marts"):
        views = {row.viewName for row in spark.sql(f"show views in {schema}").collect()}
        for row in spark.sql(f"show tables in {schema}").collect():
            if row.tableName not in views:
                table = f"{schema}.{row.tableName}"
                query = (
                    "select coalesce(sum(record_count), 0), coalesce(sum(file_size_in_bytes), 0),"
                    f" count(*) from {table}.files"
                )
                found.append((table, *spark.sql(query).collect()[0]))
    Path(report).write_text(json.dumps(found))


class Bench:
    """One retailer in Iceberg tables in a folder of its own, and the builds of it."""

    def __init__(self, size: Size, folder: Path, memory: str) -> None:
        self.size = size
        self.memory = memory
        self.raw = apart(generate, size, folder)
        self.folder = folder / f"spark_{size.orders}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.python("load", "local[2]", "scripts/spark_load.py", str(self.raw))

    def python(self, step: str, master: str, *command: str) -> float:
        """Run a script with a Spark session on a master. Returns: wall seconds."""
        log = self.folder / f"{step}.events"
        log.mkdir(exist_ok=True)
        metastore = f"jdbc:derby:;databaseName={self.folder / 'metastore'};create=true"
        told = {
            "spark.sql.warehouse.dir": str(self.folder / "tables"),
            "spark.hadoop.javax.jdo.option.ConnectionURL": metastore,
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": log.as_uri(),
            "spark.executor.memory": self.memory,
        }
        words = [word for name, value in told.items() for word in ("--conf", f"{name}={value}")]
        environment = {
            "PYSPARK_SUBMIT_ARGS": shlex.join(["--master", master, *words, "pyspark-shell"]),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_CONF_DIR": str(ROOT / "spark" / "conf"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "TMPDIR": str(self.folder),
            "DBT_PROFILES_DIR": str(ROOT),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        print(f"{self.size.orders:,} orders: {step} …", flush=True)
        output = self.folder / f"{step}.log"
        return measure([sys.executable, *command], output, **environment).wall

    def build(self, workers: int) -> Run:
        """Build all marts from nothing on so many workers."""
        step = f"build_{workers}"
        dbt = str(Path(sys.executable).with_name("dbt"))
        command = [dbt, "build", "--target", "spark", "--full-refresh"]
        for kind in ("unit_test", "test"):
            command += ["--exclude-resource-type", kind]
        with cluster(self.folder, workers, self.memory) as master:
            run = Run(self.size, workers, self.python(step, master, *command))
        (log,) = (self.folder / f"{step}.events").iterdir()
        read_log(log, run)
        return run

    def tables(self) -> list[tuple[str, int, int, int]]:
        """Name, rows, bytes and files of each table, the largest first."""
        report = self.folder / "tables.json"
        self.python("tables", "local[1]", str(Path(__file__)), "--tables", str(report))
        return sorted(json.loads(report.read_text()), key=lambda row: -row[2])


def print_runs(runs: list[Run]) -> None:
    """A line a build."""
    print(
        f"\n{'orders':>12}{'members':>10}{'workers':>9}{'wall s':>9}{'executor cpu s':>16}"
        f"{'stages':>8}{'tasks':>8}{'shuffled GB':>13}{'spilled GB':>12}"
    )
    for run in runs:
        work = run.whole
        print(
            f"{run.size.orders:>12,}{run.size.members:>10,}{run.workers:>9}{run.wall:>9.0f}"
            f"{work.seconds:>16.0f}{work.stages:>8,}{work.tasks:>8,}"
            f"{work.shuffled / GB:>13.2f}{work.spilled / GB:>12.2f}"
        )


def print_models(run: Run, shown: int = 20) -> None:
    """The tables whose statements took most, of one build."""
    print(f"\n{'written by':<34}{'executor cpu s':>15}{'stages':>8}{'shuffled MB':>13}")
    ordered = sorted(run.models.items(), key=lambda item: -item[1].seconds)
    for name, work in ordered[:shown]:
        print(f"{name:<34}{work.seconds:>15.1f}{work.stages:>8}{work.shuffled / 1e6:>13.1f}")
    rest = Counter()
    for _, work in ordered[shown:]:
        rest.update(seconds=work.seconds, stages=work.stages, shuffled=work.shuffled)
    print(
        f"{f'the other {len(ordered[shown:])}':<34}{rest['seconds']:>15.1f}{rest['stages']:>8}"
        f"{rest['shuffled'] / 1e6:>13.1f}"
    )


def print_tables(tables: list[tuple[str, int, int, int]]) -> None:
    """Rows, bytes and files of the tables that grow."""
    print(f"\n{'table':<44}{'rows':>12}{'MB':>9}{'bytes a row':>13}{'files':>7}")
    for name, rows, size, files in tables:
        if rows >= LEAST_ROWS:
            print(f"{name:<44}{rows:>12,}{size / 1e6:>9.1f}{size / rows:>13.1f}{files:>7}")


def main(arguments: list[str] | None = None) -> int:
    """Command line, see the top of the file. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    sizes = [1_000_000, 2_000_000, 4_000_000]
    parser.add_argument("--orders", type=int, nargs="+", default=sizes)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--months", type=int, default=36, help="months of history, 3 at least")
    parser.add_argument("--memory", default="2g", help="of a worker (default 2g)")
    parser.add_argument("--dir", type=Path, default=ROOT / "build" / "bench", help="work folder")
    parser.add_argument("--tables", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.tables:
        list_tables(options.tables)
        return 0
    folder = options.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    runs = []
    for orders in options.orders:
        bench = Bench(Size(orders // 10, orders, options.months), folder, options.memory)
        for workers in options.workers:
            runs.append(bench.build(workers))
            print_runs(runs[-1:])
        print_models(runs[-1])
        print_tables(bench.tables())
    print_runs(runs)
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
