"""Measure the project against the same marts written by hand.

    bench.py [--members 1000000] [--orders 10000000] [--months 36] [--events 3000000]
             [--interval month] [--tests] [--day] [--flat] [--scaling]

In one go: make up a retailer (bench_raw.sql; kept in DIR for the next time), load it, run dbt build
without tests and, with --tests, with them, run bench_reference.sql, which computes the same marts
straight from the Parquet files, and compare every mart. Each step is a process of its own; wall and
processor seconds and peak memory are what the operating system says of it. Judge by processor
seconds where other work runs on the machine. --scaling repeats it with twice the orders, twice the
members and twice the months. --day builds all marts, the ones without a reference too, adds a day
of orders, refunds and events and measures the build of that day, with MEMBER_LOYALTY_MEMORY=600MB.
--flat measures that day on the same raw data with the last 12 month ends stored and with all of
them (--months 72). --interval day compares daily snapshots, all backfilled in one build.

Exit code 1: a mart differs; 2: a step failed.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import duckdb
from _contract import ROOT, contract
from _sql import literal

SCRIPTS = Path(__file__).resolve().parent
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
    "agg_aarrr",
    "agg_cohort_retention",
)
# What has no counterpart in the reference; measured by --day alone, where all marts are built.
UNCOMPARED = (
    "path:models/audiences",
    "path:models/intermediate/activation",
    "path:models/intermediate/campaigns",
    "path:models/marts/activation",
    "tag:backtest",
    "agg_population_shares",
    "agg_population_stability",
    "agg_score_rules",
    "dim_rfm_cells",
    "path:models/explain",
)
# Columns without a counterpart there.
UNCOMPARED_COLUMNS = {
    "agg_score_bounds": "within_scores",
    "fct_aipl_stages": "last_purchase_on, last_gap_days, longest_gap_days, last_interest_on",
}
EXACT_ORDERS = 1_000_000
DAY_MEMORY = "600MB"
DAY_STEPS = ("nothing new", "one more day")
LAST_YEAR = 2024  # with which the made-up history ends, see bench_raw.sql
TODAY = "2099-12-31"  # the made-up orders all lie before the day the bench runs


@dataclass(frozen=True)
class Size:
    """How large the made-up retailer is: members, orders, months of history, each a snapshot.

    events: how many, None = three a member.
    """

    members: int
    orders: int
    months: int
    events: int | None = None


@dataclass(frozen=True)
class Cost:
    """What a process took: wall and processor seconds, peak resident memory in GB."""

    wall: float
    processor: float
    memory: float


def measure(command: list[str], log: Path, **environment: str) -> Cost:
    """Run a command to its end, its output in `log`. Errors: SystemExit(2) where it fails."""
    started = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        tail = "\n".join(log.read_text().splitlines()[-15:])
        print(f"bench: {' '.join(command)} failed; the end of {log}:\n{tail}", file=sys.stderr)
        raise SystemExit(2)
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes on macOS, else kB
    return Cost(
        time.monotonic() - started,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * unit / 1e9,
    )


def apart(work: Callable, *arguments: object):
    """What a function returns, run in a process of its own: on Linux the peak memory of a command
    is never less than that of the process that starts it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def generate(size: Size, folder: Path) -> Path:
    """The folder with the raw files of a retailer, made unless it is there already."""
    script = (SCRIPTS / "bench_raw.sql").read_text()
    version = hashlib.md5((script + duckdb.__version__).encode()).hexdigest()[:8]
    size = replace(size, events=3 * size.members if size.events is None else size.events)
    raw = folder / f"raw_{'_'.join(map(str, vars(size).values()))}_{version}"
    if raw.exists():
        return raw
    print(f"making up {size.members:,} members and {size.orders:,} orders in {raw} …", flush=True)
    part = raw.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with duckdb.connect(str(part / "work.duckdb")) as con:
        con.execute("set enable_progress_bar = false")
        for name, value in vars(size).items():
            con.execute(f"set variable {name} = {value}")
        con.execute(script)
        for table in contract():
            con.execute(f"copy {table} to {literal(str(part / table) + '.parquet')}")
    (part / "work.duckdb").unlink()
    part.rename(raw)
    return raw


def run_reference(raw: str, database: str, interval: str) -> None:
    """Run bench_reference.sql over a raw folder into a new database file."""
    with duckdb.connect(database) as con:
        con.execute("set enable_progress_bar = false")
        con.execute(f"set variable interval = {literal(interval)}")
        con.execute(f"set variable raw = {literal(raw)}")
        con.execute(f"set variable seeds = {literal(str(ROOT / 'seeds' / 'rules'))}")
        con.execute(f"set variable today = date '{TODAY}'")
        con.execute((SCRIPTS / "bench_reference.sql").read_text())


def differences(project: Path, reference: Path, exact: bool) -> list[str]:
    """What differs between the marts of the two databases, a line a mart; empty = they are equal.

    exact compares all rows both ways, otherwise the number of rows and the sum of their hashes.
    """
    found = []
    with duckdb.connect() as con:
        con.execute("set enable_progress_bar = false")
        con.execute(f"attach {literal(str(project))} as project (read_only)")
        con.execute(f"attach {literal(str(reference))} as reference (read_only)")
        pairs = {mart: (f"project.marts.{mart}", f"reference.{mart}") for mart in MARTS}
        for mart, columns in UNCOMPARED_COLUMNS.items():
            left, right = pairs[mart]
            pairs[mart] = f"(select * exclude ({columns}) from {left})", right
        pairs["rejected_rows"] = tuple(
            f"(select source_table, reason, count(*) as times from {table} group by all)"
            for table in ("project.marts.rejected_rows", "reference.rejected")
        )
        for mart, (left, right) in pairs.items():
            columns = [con.execute(f"describe from {side}").fetchall() for side in (left, right)]
            shapes = [[column[:2] for column in side] for side in columns]
            if shapes[0] != shapes[1]:
                found.append(f"{mart}: other columns: {shapes[0]} and {shapes[1]}")
            elif exact:
                query = "select count(*) from (from {} except all from {})"
                alone = [
                    con.execute(query.format(*sides)).fetchone()[0]
                    for sides in ((left, right), (right, left))
                ]
                if any(alone):
                    found.append(f"{mart}: {alone[0]:,} rows only here, {alone[1]:,} only there")
            else:
                query = "select count(*), sum(hash(t)::hugeint) from {} as t"
                sums = [con.execute(query.format(side)).fetchone() for side in (left, right)]
                if sums[0] != sums[1]:
                    found.append(f"{mart}: rows and hash {sums[0]} and {sums[1]}")
    return found


def add_day(project: Path) -> None:
    """Repeats the last day of the raw orders, refunds and events as the day after it."""
    with duckdb.connect(str(project)) as con:
        last = con.execute(
            "select max(cast(substr(ordered_at, 1, 10) as date)) from raw.orders"
            " where ordered_at similar to '\\d{4}-\\d{2}-\\d{2} .*'"
        ).fetchone()[0]
        following = last + timedelta(days=1)
        for table, key, moment in (
            ("orders", "order_id", "ordered_at"),
            ("order_refunds", "refund_id", "refunded_at"),
            ("events", "event_id", "occurred_at"),
        ):
            con.execute(
                f"insert into raw.{table} select * replace ({key} || ' again' as {key},"
                f" replace({moment}, '{last}', '{following}') as {moment})"
                f" from raw.{table} where starts_with({moment}, '{last}')"
            )


class Bench:
    """The files of one measured warehouse in a work folder, and the commands that build it.

    Args:
        folder: for databases and logs; an earlier project and reference there are removed.
        vars: vars of the project that differ from their defaults.
    """

    def __init__(self, folder: Path, vars: dict[str, str]) -> None:
        self.folder = folder
        self.project, self.reference = folder / "project.duckdb", folder / "reference.duckdb"
        for path in (self.project, self.reference):
            path.unlink(missing_ok=True)
        self.vars = vars
        self.costs: dict[str, Cost] = {}
        self.settings = {
            "MEMBER_LOYALTY_DB": str(self.project),
            "DBT_PROFILES_DIR": str(ROOT),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_USE_COLORS": "false",
        }

    def run(self, step: str, *command: str, **environment: str) -> None:
        """Run a Python script and keep what it cost as that of this step."""
        print(f"{step} …", flush=True)
        log = self.folder / f"{step.replace(' ', '_')}.log"
        self.costs[step] = measure([sys.executable, *command], log, **self.settings, **environment)

    def build(self, step: str, *words: str, tests: bool = False, **environment: str) -> None:
        """Run dbt build without unit tests, and without data tests if not asked for."""
        skipped = ["unit_test"] if tests else ["unit_test", "test"]
        left_out = [word for kind in skipped for word in ("--exclude-resource-type", kind)]
        dbt = str(Path(sys.executable).with_name("dbt"))
        given = json.dumps(self.vars)
        self.run(step, dbt, "build", "--vars", given, *left_out, *words, **environment)

    def load(self, raw: Path) -> None:
        """Load the raw files into the project's database."""
        self.run("load", "scripts/load_raw.py", str(raw), "--db", str(self.project))

    def build_day(self) -> None:
        """Build all marts, then nothing new, then one more day of orders, refunds and events."""
        self.build("all marts", "--full-refresh")
        self.build("nothing new", MEMBER_LOYALTY_MEMORY=DAY_MEMORY)
        apart(add_day, self.project)
        self.build("one more day", MEMBER_LOYALTY_MEMORY=DAY_MEMORY)

    def models(self) -> list[tuple[float, str]]:
        """Seconds and name of each node of the last dbt command, the slowest first."""
        results = json.loads((self.folder / "target" / "run_results.json").read_text())["results"]
        return sorted(
            ((row["execution_time"], row["unique_id"].split(".")[2]) for row in results),
            reverse=True,
        )


def bench(size: Size, folder: Path, interval: str, with_tests: bool, with_day: bool) -> Bench:
    """Measure one size and print what was found, but for the costs."""
    raw = apart(generate, size, folder)
    run = Bench(folder, {"snapshot_interval": interval})
    run.load(raw)
    run.build("build", "--full-refresh", "--exclude", *UNCOMPARED)
    models = run.models()
    script = str(SCRIPTS / "bench.py")
    run.run("reference", script, "--reference", str(raw), str(run.reference), interval)
    print("comparing …", flush=True)
    exact = size.orders <= EXACT_ORDERS
    faults = apart(differences, run.project, run.reference, exact)
    if faults:
        print_costs(run.costs)
        print("the marts differ:", *faults, sep="\n  ", file=sys.stderr)
        raise SystemExit(1)
    print("all marts are equal, " + ("row by row" if exact else "by rows and hashes"), flush=True)
    print_models(models, "build")
    if with_tests:
        words = ("--full-refresh", "--exclude", *UNCOMPARED, "tag:audit")
        run.build("build with tests", *words, tests=True)
    if with_day:
        run.build_day()
        print_models(run.models(), "one more day")
    return run


def bench_flat(size: Size, folder: Path) -> None:
    """Measure one more day with the last 12 month ends stored, and with all of them."""
    raw = apart(generate, size, folder)
    for start in (f"{LAST_YEAR}-01-01", ""):
        run = Bench(folder, {"snapshot_start": start})
        run.load(raw)
        run.build_day()
        with duckdb.connect(str(run.project), read_only=True) as con:
            query = "select count(distinct snapshot_date) from marts.agg_score_bounds"
            print(f"\n{con.execute(query).fetchone()[0]} snapshots are stored")
        print_costs(run.costs)
        print_models(run.models(), "one more day")


def print_costs(costs: dict[str, Cost]) -> None:
    """The table of steps; a day against the build of all marts, the rest against the script."""
    print(
        f"\n{'step':<18}{'wall s':>9}{'cpu s':>9}{'GB':>7}"
        f"{'ratio wall':>12}{'ratio cpu':>11}{'ratio GB':>10}  to"
    )
    for step, cost in costs.items():
        to = "all marts" if step in DAY_STEPS or "reference" not in costs else "reference"
        base = costs[to]
        ratios = f"{cost.wall / base.wall:>12.2f}{cost.processor / base.processor:>11.2f}"
        ratios += f"{cost.memory / base.memory:>10.2f}  {to}"
        print(f"{step:<18}{cost.wall:>9.1f}{cost.processor:>9.1f}{cost.memory:>7.1f}{ratios}")


def print_models(models: list[tuple[float, str]], title: str, shown: int = 20) -> None:
    """The slowest models of a build."""
    print(f"\n{title:<32}{'s':>8}")
    for seconds, name in models[:shown]:
        print(f"{name:<32}{seconds:>8.1f}")
    print(f"{f'the other {len(models[shown:])}':<32}{sum(s for s, _ in models[shown:]):>8.1f}")


def print_scaling(rows: list[tuple[Size, int, dict[str, Cost]]]) -> None:
    """What doubling the orders, the members and the months does to the build."""
    print(
        f"\n{'members':>10}{'orders':>12}{'months':>8}{'member-snapshots':>18}{'build wall':>12}"
        f"{'cpu':>8}{'times':>7}{'GB':>6}{'reference cpu':>15}{'times':>7}"
    )
    first = {step: cost.processor for step, cost in rows[0][2].items()}
    for size, panel, costs in rows:
        build, reference = costs["build"], costs["reference"]
        print(
            f"{size.members:>10,}{size.orders:>12,}{size.months:>8}{panel:>18,}"
            f"{build.wall:>12.1f}{build.processor:>8.1f}{build.processor / first['build']:>7.2f}"
            f"{build.memory:>6.1f}"
            f"{reference.processor:>15.1f}{reference.processor / first['reference']:>7.2f}"
        )


def panel_rows(folder: Path) -> int:
    """How many members were scored at how many snapshots in the last run."""
    with duckdb.connect(str(folder / "project.duckdb"), read_only=True) as con:
        return con.execute("select count(*) from marts.fct_member_quadrants").fetchone()[0]


def main(arguments: list[str] | None = None) -> int:
    """Command line, see the top of the file. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--months", type=int, default=36, help="months of history, 3 at least")
    parser.add_argument("--events", type=int, help="events, three a member by default")
    parser.add_argument("--dir", type=Path, default=ROOT / "build" / "bench", help="work folder")
    parser.add_argument("--interval", default="month", choices=("day", "week", "month"))
    parser.add_argument("--tests", action="store_true", help="run dbt build with all tests too")
    parser.add_argument("--day", action="store_true", help="build one more day after it")
    parser.add_argument("--flat", action="store_true", help="only a day on 12 and on all months")
    parser.add_argument("--scaling", action="store_true", help="repeat with each size doubled")
    parser.add_argument("--reference", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.reference:
        run_reference(*options.reference)
        return 0
    folder = options.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    size = Size(options.members, options.orders, options.months, options.events)
    if options.flat:
        bench_flat(size, folder)
        return 0
    run = bench(size, folder, options.interval, options.tests, options.day)
    print_costs(run.costs)
    if options.scaling:
        rows = [(size, panel_rows(folder), run.costs)]
        for larger in (
            Size(size.members, 2 * size.orders, size.months),
            Size(2 * size.members, size.orders, size.months),
            Size(size.members, size.orders, 2 * size.months),
        ):
            costs = bench(larger, folder, options.interval, False, False).costs
            rows.append((larger, panel_rows(folder), costs))
        print_scaling(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
