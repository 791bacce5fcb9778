"""What is published: whole, described, of one build; readers and builds do not meet."""

from __future__ import annotations

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest
import sqlalchemy
from conftest import FILE_NAME, PROJECT, Warehouse, raw_contract

sys.path.insert(0, str(PROJECT / "scripts"))
import lineage  # noqa: E402
import publish  # noqa: E402

WORD = "zqx in a column of their own"
OWN_WORD = "Whose value it is."  # a comment in the warehouse itself
# A reader: opens the published file anew for each read, checks that its marts belong together, and
# notes which builds it has seen.
READS = """
import json, sys, time
from pathlib import Path
import duckdb

path, stop, out = sys.argv[1:]
reads, seen, wrong = 0, [], []
while not Path(stop).exists():
    with duckdb.connect(path, read_only=True) as con:
        one = lambda sql: con.execute(sql).fetchone()[0]
        build = one("select string_agg(distinct build_id, '+') from marts.publication")
        right = {
            "log": one("select arg_max(build_id, started_at) from marts.fct_build_log") == build,
            "money": one("select sum(net_revenue) from marts.fct_orders where is_valid")
            == one("select sum(net_revenue) from marts.dim_members"),
            "days": one("select min(as_of_date) from marts.publication")
            == one("select max(snapshot_date) from marts.fct_lifecycle_snapshots"),
        }
        counts = con.execute("select table_name, row_count from marts.publication").fetchall()
        for table, rows in counts:
            right[table] = one(f"select count(*) from marts.{table}") == rows
    reads += 1
    if seen[-1:] != [build]:
        seen.append(build)
    wrong += [name for name, is_right in right.items() if not is_right]
    time.sleep(0.1)
Path(out).write_text(json.dumps([reads, seen, wrong]))
"""


def shop(orders: int) -> dict:
    """Raw tables with all columns: orders of seven members over half a year, one of them bad, and
    nine members."""
    sold = [
        {"order_id": f"o{n}", "member_id": f"m{n % 7}", "gross_amount": f"{n}.25",
         "ordered_at": f"2024-{1 + n % 6:02}-{1 + n % 28:02}"}
        for n in range(orders)
    ]  # fmt: skip
    sold.append({"order_id": "bad", "ordered_at": "2024-01-01", "customer_name": WORD})
    joined = [{"member_id": f"m{n}", "joined_at": "2024-01-01"} for n in range(9)]
    columns = {"orders": [*raw_contract()["orders"], "customer_name"]}
    return {
        table: (names, [[row.get(name) for name in names] for row in rows])
        for table, rows in (("orders", sold), ("members", joined))
        for names in [columns.get(table) or raw_contract()[table]]
    }


@pytest.fixture(scope="session")
def described(dbt, seeded, tmp_path_factory) -> Path:
    """The manifest.json that dbt would write."""
    file = tmp_path_factory.mktemp("described") / "manifest.json"
    dbt.manifest(seeded).writable_manifest().write(str(file))
    return file


@pytest.fixture(scope="session")
def first(make_warehouse):
    """A warehouse after one build. Nobody writes to it."""
    warehouse = make_warehouse().load(shop(40))
    warehouse.build(parsed_with={}).check()
    warehouse.query("checkpoint")
    return warehouse


@pytest.fixture
def copied(first, tmp_path) -> Path:
    """The file of a copy of it."""
    shutil.copyfile(first.path, tmp_path / FILE_NAME)
    return tmp_path / FILE_NAME


def run(path: Path, *statements: str) -> list[tuple]:
    """Runs SQL on a file; the rows of the last statement."""
    with duckdb.connect(str(path)) as con:
        for statement in statements:
            rows = con.execute(statement)
        return rows.fetchall()


def rename_build(path: Path, build_id: str) -> None:
    """Makes a warehouse that of another complete build, as far as that can be seen."""
    for table in ("int_restatement_plan", "int_build_ledger"):
        run(path, f"update intermediate.{table} set build_id = '{build_id}'", "checkpoint")


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder and what is in them."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def assert_whole(folder: Path, build_id: str | None = None) -> None:
    """A folder holds one publication and nothing else: database, Parquet and manifest agree."""
    manifest = json.loads((folder / "warehouse.manifest.json").read_text("utf-8"))
    assert build_id in (None, manifest["build_id"])
    parquet = {f"{manifest['parquet']}/{table}.parquet" for table in manifest["tables"]}
    assert set(files(folder)) == {"warehouse.duckdb", "warehouse.manifest.json", *parquet}
    assert {path.name for path in folder.iterdir()} == {
        "warehouse.duckdb", "warehouse.manifest.json", "warehouse_parquet"
    }  # fmt: skip
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con:
        said = con.execute(
            "select distinct build_id, cast(as_of_date as varchar), schema_hash,"
            " strftime(published_at, '%Y-%m-%dT%H:%M:%S.%f') from marts.publication"
        ).fetchall()
        assert said == [
            tuple(
                manifest[name] for name in ("build_id", "as_of_date", "schema_hash", "published_at")
            )
        ]
        rows = con.execute("select table_name, row_count from marts.publication").fetchall()
        assert dict(rows) == {table: about["rows"] for table, about in manifest["tables"].items()}
        for table, number in rows:
            file = folder / manifest["parquet"] / f"{table}.parquet"
            for found in (f"marts.{table}", f"read_parquet('{file}')"):
                assert con.execute(f"select count(*) from {found}").fetchone()[0] == number


# ---------------------------------------------------------------------------------------------
# What is in it


def test_every_mart_is_there_with_all_it_says(copied, described):
    """All rows and types, in the database and as Parquet; comments on each table and column; a
    view, too. Not: what dbt leaves of a killed build, cells of rejected raw rows."""
    run(
        copied,
        "create view marts.view_of_orders as select order_id from warehouse.marts.fct_orders",
        "create table marts.fct_orders__dbt_tmp as select 1 as n",
        "create table marts.fct_member_value as select member_id from marts.dim_members",
        f"comment on column marts.fct_member_value.member_id is '{OWN_WORD}'",
        "checkpoint",
    )
    assert WORD.encode() in copied.read_bytes()
    manifest = publish.publish(copied, descriptions=described)
    folder = copied.parent / "serving"
    assert_whole(folder)
    database = folder / FILE_NAME
    assert database.stat().st_mode & 0o777 == 0o444
    assert database.read_bytes()[8:20] == b"DUCK" + (64).to_bytes(8, "little")  # v1.0.0's format
    assert not [name for name, content in files(folder).items() if WORD.encode() in content]
    marts = {path.stem for path in PROJECT.glob("models/marts/*/*.sql")}
    marts -= {path.stem for path in PROJECT.glob("models/marts/evidence/*.sql")}  # by make backtest
    own = {"view_of_orders", "fct_member_value"}
    assert set(manifest["tables"]) == marts | own | set(publish.SEEDS)
    with duckdb.connect() as con:
        con.execute(f"attach '{copied}' as warehouse (read_only)")
        con.execute(f"attach '{database}' as published (read_only)")
        for table in sorted(manifest["tables"]):
            schema = "seeds" if table in publish.SEEDS else "marts"
            rows = f"from warehouse.{schema}.{table}"
            if table == "rejected_rows":
                rows = (
                    "select source_table, null::varchar as row_key, null::varchar as raw_row,"
                    f" reason, column_name {rows}"
                )
                assert manifest["tables"][table]["rows"] == 1
            parquet = f"from '{folder / manifest['parquet'] / table}.parquet'"
            for other in (f"from published.marts.{table}", parquet):
                for one, two in ((rows, other), (other, rows)):
                    assert con.execute(f"({one}) except all ({two})").fetchall() == [], table
                described_as = [con.execute(f"describe {sql}").fetchall() for sql in (rows, other)]
                names_and_types = [[row[:2] for row in found] for found in described_as]
                assert names_and_types[0] == names_and_types[1], table
        lacking = con.execute(
            "select table_name, column_name from duckdb_columns()"
            " where database_name = 'published' and schema_name = 'marts' and comment is null"
            " union all select table_name, null from duckdb_tables()"
            " where database_name = 'published' and comment is null order by all"
        ).fetchall()
        assert lacking == [
            ("fct_member_value", None), ("view_of_orders", "order_id"), ("view_of_orders", None)
        ]  # fmt: skip
        emptied = con.execute(
            "select column_name from duckdb_columns() where database_name = 'published'"
            f" and comment like '% {publish.NOT_HERE}' order by column_index"
        ).fetchall()
        assert emptied == [("row_key",), ("raw_row",)]
        comments = con.execute(
            "select comment from duckdb_columns() where database_name = 'published' and"
            " column_name = 'member_id' and table_name in ('fct_member_value', 'fct_orders')"
            " order by table_name"
        ).fetchall()
    nodes = json.loads(described.read_text("utf-8"))["nodes"]
    text = nodes["model.member_loyalty.fct_orders"]["columns"]["member_id"]["description"]
    assert comments == [(OWN_WORD,), (" ".join(text.split()),)]
    assert manifest["as_of_date"] == "2024-06-24"
    told = run(copied, "select max(build_id) from intermediate.int_build_ledger")
    assert told == [(manifest["build_id"],)]


def test_the_hash_of_the_schema_is_that_of_names_and_types(copied, described):
    """It stays with other rows and other descriptions, and changes with a column or its type."""
    seen = [publish.publish(copied, descriptions=described)["schema_hash"]]
    run(copied, "delete from marts.dim_audiences")
    seen.append(publish.publish(copied, descriptions=copied.with_name("none"))["schema_hash"])
    assert seen[0] == seen[1]
    for change in ("add column more int", "alter more type bigint", "rename more to most"):
        run(copied, f"alter table marts.fct_build_log {change}")
        seen.append(publish.publish(copied)["schema_hash"])
    assert len(set(seen)) == 4


def test_data_tests_come_before_what_is_published(dbt, seeded):
    """The plan is written before every mart, the ledger after every test of one: where they name
    the same build, its marts are whole and have passed. The backtest is a run of its own."""
    manifest = dbt.manifest(seeded)
    manifest.build_parent_and_child_maps()
    parents = manifest.parent_map

    def above(node: str) -> set[str]:
        found, todo = set(), [node]
        while todo:
            todo += (new := set(parents[todo.pop()]) - found)
            found |= new
        return found

    plan, ledger = (
        f"model.member_loyalty.int_{name}" for name in ("restatement_plan", "build_ledger")
    )
    before = above(ledger)
    models = {
        node.unique_id: node
        for node in manifest.nodes.values()
        if node.resource_type == "model" and "backtest" not in node.tags
    }
    marts = {name for name, node in models.items() if node.schema == "marts"}
    assert len(marts) > 20 and marts <= before
    assert not [name for name in marts if plan not in above(name)]
    late = [
        node.name
        for node in manifest.nodes.values()
        if node.resource_type == "test"
        and node.config.severity.lower() == "error"
        and marts & set(parents[node.unique_id])
        and not set(parents[node.unique_id]) <= before
    ]
    assert not late


# ---------------------------------------------------------------------------------------------
# What is not published


def test_a_build_that_did_not_end_is_not_published(copied, described, capsys):
    """The old publication stays as it was, to the byte; the next complete build is published."""
    folder = copied.parent / "serving"
    publish.publish(copied, descriptions=described)
    before = files(folder)
    for statement in (
        "update intermediate.int_restatement_plan set build_id = 'another'",
        "drop table intermediate.int_build_ledger",
    ):
        run(copied, statement)
        assert publish.main([str(copied)]) == 2
        said = capsys.readouterr().err
        assert "did not end" in said and said.count("\n") == 1
        assert files(folder) == before
    assert_whole(folder)


def test_no_snapshot_takes_the_place_of_none_but_not_of_one(copied, described, capsys):
    """An empty file of orders builds green; the marts that people look at stay."""
    publish.publish(copied, descriptions=described)
    before = files(copied.parent / "serving")
    run(copied, "update intermediate.int_build_ledger set fact_on = null")
    assert publish.main([str(copied), "--descriptions", str(described)]) == 2
    said = capsys.readouterr().err
    assert "has no snapshot" in said and said.count("\n") == 1
    assert files(copied.parent / "serving") == before
    assert publish.main([str(copied), "--descriptions", str(described), "--again"]) == 0
    assert files(copied.parent / "serving") != before


@pytest.mark.parametrize("stem", ["loyalty", "members", "d"])
def test_a_warehouse_may_have_the_name_of_an_alias(copied, described, stem):
    """The view of the explanations calls its CTEs so; it tells what it told."""
    named = copied.rename(copied.with_name(f"{stem}.duckdb"))
    publish.publish(named, descriptions=described, with_parquet=False)
    told = "from explain.member_explanations order by all limit 500"
    assert run(named.parent / f"serving/{stem}.duckdb", told) == run(named, told) != []


def test_what_is_no_warehouse_is_said_in_a_line(tmp_path, copied, capsys):
    """And leaves nothing behind, not even the folder."""
    text, empty = tmp_path / "text.duckdb", tmp_path / "empty.duckdb"
    text.write_text("no database", "utf-8")
    run(empty, "select 1")
    for path, words in (
        (tmp_path / "none.duckdb", "make build RAW=<folder> DB="),
        (text, "not a valid DuckDB"),
        (empty, "holds no build"),
    ):
        assert publish.main([str(path)]) == 2
        said = capsys.readouterr().err
        assert words in said and said.count("\n") == 1, said
    assert publish.main([str(copied), "--to", str(copied.parent)]) == 2
    assert "overwritten by its own copy" in capsys.readouterr().err
    assert publish.main([str(copied), "--again"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "text.duckdb", "empty.duckdb", FILE_NAME
    }  # fmt: skip


def test_while_a_build_runs_nothing_is_published(copied, described, capsys):
    """The warehouse is another process's; the readers keep what they have."""
    publish.publish(copied, descriptions=described)
    folder = copied.parent / "serving"
    before = files(folder)
    code = f"import duckdb; con = duckdb.connect({str(copied)!r}); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        writer.stdout.readline()
        assert publish.main([str(copied)]) == 2
        assert "in use by another process" in capsys.readouterr().err
        writer.communicate(b"\n")
    assert files(folder) == before


# Where a publication is killed, and whether the new one is then the one in force.
KILLED_AT = [
    ("publish.copy_marts", False),
    ("publish.write_parquet", False),
    ("publish.os.fsync", False),
    ("publish.put_in_place", False),
    ("publish.os.replace", False),
    ("publish.os.close", True),
]


@pytest.mark.parametrize(("place", "is_new"), KILLED_AT)
def test_a_killed_publication_leaves_the_old_or_the_new_one(copied, described, place, is_new):
    """Readers see a whole one at once; the next publication clears up what the killed one left."""
    folder = copied.parent / "serving"
    old = publish.publish(copied, descriptions=described)
    rename_build(copied, "the next")
    code = (
        f"import os, signal, sys; sys.path.insert(0, {str(PROJECT / 'scripts')!r}); import publish"
        f"\n{place} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"publish.main([{str(copied)!r}, '--descriptions', {str(described)!r}])"
    )
    died = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    in_force = "the next" if is_new else old["build_id"]
    read = "select distinct build_id from marts.publication"
    assert run(folder / FILE_NAME, read) == [(in_force,)]
    manifest = json.loads((folder / "warehouse.manifest.json").read_text("utf-8"))
    assert manifest["build_id"] == in_force
    for table, about in manifest["tables"].items():
        file = folder / manifest["parquet"] / f"{table}.parquet"
        assert duckdb.sql(f"select count(*) from '{file}'").fetchall() == [(about["rows"],)]
    publish.publish(copied, descriptions=described)
    assert_whole(folder, "the next")


def test_between_database_and_manifest(copied, described, monkeypatch):
    """Stopped there, the database is the new one and says so; Parquet and manifest are the old
    ones, whole. An erasure does not take that for published."""
    folder = copied.parent / "serving"
    publish.publish(copied, descriptions=described)
    build_id = publish.publish(copied, descriptions=described)["build_id"]
    publish.check_published(copied, build_id)
    replaced = []

    def stop_at_the_second(old, new):
        replaced.append(Path(new).name)
        if len(replaced) == 2:
            raise OSError(28, "No space left on device")
        shutil.move(old, new)

    rename_build(copied, "the next")
    with monkeypatch.context() as patch:
        patch.setattr(publish.os, "replace", stop_at_the_second)
        assert publish.main([str(copied)]) == 2
    assert replaced == [FILE_NAME, "warehouse.manifest.json"]
    read = "select distinct build_id from marts.publication"
    assert run(folder / FILE_NAME, read) == [("the next",)]
    manifest = json.loads((folder / "warehouse.manifest.json").read_text("utf-8"))
    assert manifest["build_id"] == build_id
    assert len(list((folder / manifest["parquet"]).iterdir())) == len(manifest["tables"])
    with pytest.raises(publish.PublishError, match="publish the warehouse first"):
        publish.check_published(copied, "the next")
    assert publish.main([str(copied), "--again"]) == 0
    publish.check_published(copied, "the next")
    assert_whole(folder, "the next")


def test_a_full_disk_leaves_the_old_one(copied, described, tmp_path):
    """No file may grow beyond a limit: one line, exit code 2, nothing left over."""
    folder = tmp_path / "serving"
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000));"
        f" sys.path.insert(0, {str(PROJECT / 'scripts')!r}); import publish;"
        f" sys.exit(publish.main([{str(copied)!r}]))"
    )

    def fill() -> None:
        done = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr

    fill()
    assert not folder.exists()
    publish.publish(copied, descriptions=described)
    before = files(folder)
    fill()
    assert files(folder) == before
    assert_whole(folder)


def test_publications_at_the_same_time_wait_for_each_other(copied, described):
    """Whoever comes second finds nothing half done; a log left beside the file is not played."""
    folder = copied.parent / "serving"
    publish.publish(copied, descriptions=described)
    (folder / f"{FILE_NAME}.wal").write_bytes(b"of somebody who wrote to it")
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda: codes.append(publish.main([str(copied)]))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0, 0, 0]
    assert_whole(folder)


def test_make_publishes_unless_told_not_to():
    """Part of a build by default; an erasure publishes anew before it finishes."""

    def commands(*words: str) -> str:
        return subprocess.run(
            ["make", "-n", *words], cwd=PROJECT, capture_output=True, text=True, check=True
        ).stdout

    assert re.search(r"fit_value.*publish\.py.*summary", commands("build"), re.S)
    assert "publish.py" not in commands("build", "PUBLISH=")
    assert '--to "$SERVING"' in commands("build", "SERVING=/elsewhere")
    assert re.search(r"dbt build.*publish\.py.*--again.*finish", commands("erase"), re.S)
    assert "publish.py" in commands("publish")


# ---------------------------------------------------------------------------------------------
# Readers, builds and publications together


def test_readers_see_one_build_or_the_next(first, dbt, described, tmp_path):
    """Three processes read while a build runs and the warehouse is published again and again, of
    one build and of another: no error, and in each read all marts are of one build."""
    warehouse, folder = Warehouse(tmp_path, dbt, first.path), tmp_path / "serving"
    builds = {publish.publish(warehouse.path, descriptions=described)["build_id"]}
    stop, outs = tmp_path / "stop", [tmp_path / f"reader{n}.json" for n in range(3)]
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READS, str(folder / FILE_NAME), str(stop), str(out)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for out in outs
    ]
    try:
        warehouse.load(shop(60)).build(parsed_with={}).check()
        until = time.monotonic() + 10
        for turn in range(8):
            db = first.path if turn % 2 else warehouse.path
            manifest = publish.publish(db, folder, described, with_parquet=not turn % 2)
            builds.add(manifest["build_id"])
            if turn >= 3 and time.monotonic() > until:
                break
    finally:
        stop.touch()
        errors = [reader.communicate(timeout=20)[1] for reader in readers]
    assert errors == [""] * 3
    assert len(builds) == 2
    for out in outs:
        reads, seen, wrong = json.loads(out.read_text("utf-8"))
        assert not wrong
        assert reads >= 10 and len(seen) >= 3 and set(seen) == builds


# ---------------------------------------------------------------------------------------------
# docs/bi.md


def blocks(language: str) -> list[str]:
    """The code of one language on the page."""
    text = (PROJECT / "docs/bi.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


def test_the_code_on_the_page_works(copied, described, monkeypatch):
    """As it stands there, from the folder of the warehouse. An engine without a pool sees what is
    published later, and cannot write."""
    publish.publish(copied, descriptions=described)
    monkeypatch.chdir(copied.parent)
    plain, alchemy, notebook = blocks("python")
    said: dict = {}
    for code in (plain, alchemy, notebook):
        exec(code, said)
    in_warehouse = "select count(*) from marts.dim_members"
    enrolled = run(copied, f"{in_warehouse} where is_enrolled")[0][0]
    assert sum(members for _, members, _ in said["segments"]) == enrolled == 9
    stages = run(copied, "select count(*) from marts.fct_lifecycle_snapshots")[0][0]
    assert sum(row.members for row in said["stages"]) == stages > 0
    assert said["members"].height == run(copied, in_warehouse)[0][0]
    (descriptions,) = blocks("sql")
    columns = run(copied.parent / "serving" / FILE_NAME, descriptions)
    assert ("dim_members", "quadrant", "VARCHAR") in {row[:3] for row in columns}
    assert all(row[3] for row in columns)

    described_as = sqlalchemy.inspect(said["engine"]).get_columns("dim_members", schema="marts")
    assert {column["name"] for column in described_as if column["comment"]} >= {"quadrant"}

    rename_build(copied, "the next")
    publish.publish(copied, descriptions=described)
    text, build = said["text"], "select distinct build_id from marts.publication"
    with said["engine"].connect() as connection:
        assert connection.execute(text(build)).scalar() == "the next"
        with pytest.raises(Exception, match="read-only"):
            connection.execute(text("create table marts.mine (n integer)"))


def test_connections_of_a_process_share_the_file_that_the_first_has_opened(copied, described):
    """The second rule of the page: new data come when the last of them is closed."""
    publish.publish(copied, descriptions=described)
    path = str(copied.parent / "serving" / FILE_NAME)
    build = "select distinct build_id from marts.publication"
    first = duckdb.connect(path, read_only=True)
    old = first.execute(build).fetchall()
    rename_build(copied, "the next")
    publish.publish(copied, descriptions=described)
    with duckdb.connect(path, read_only=True) as second:
        assert second.execute(build).fetchall() == first.execute(build).fetchall() == old
    first.close()
    with duckdb.connect(path, read_only=True) as third:
        assert third.execute(build).fetchall() == [("the next",)] != old


# ---------------------------------------------------------------------------------------------
# Where columns come from


@pytest.fixture(scope="session")
def traced(dbt, first) -> lineage.Lineage:
    """The lineage of the project, compiled as `make docs` does."""
    command = ["compile", "--full-refresh", "--select", "resource_type:model"]
    compiled = dbt.invoke(command, first.path, parsed_with={}).check().compiled
    manifest = dbt.manifest(first.path).writable_manifest().to_dict(omit_none=False)
    for node in manifest["nodes"].values():
        node["compiled_code"] = compiled.get(node["name"])
    return lineage.trace(manifest)


# By hand, from the specification: the raw columns and seeds that a value is computed from.
ORIGINS = {
    "fct_orders.order_id": "raw.orders.order_id",
    "fct_orders.ordered_on": "raw.orders.ordered_at",
    "fct_orders.is_full_price": "raw.orders.discount_amount raw.orders.promotion_code",
    "fct_orders.net_before_refund": "raw.exchange_rates.rate_to_reporting raw.orders.currency"
    " raw.orders.discount_amount raw.orders.gross_amount",
    "fct_referrals.invited_on": "raw.referrals.invited_at",
    "dim_members.joined_on": "raw.members.joined_at raw.orders.ordered_at",
    "dim_members.acquisition_channel": "raw.members.acquisition_channel",
    "dim_members.first_seen_on": "raw.campaign_sends.sent_at raw.consents.consented_at"
    " raw.events.occurred_at raw.identities.identified_at raw.members.joined_at"
    " raw.members.registered_at raw.orders.ordered_at raw.referrals.invited_at",
    "fct_rfm_scores.recency_days": "raw.orders.ordered_at",
    "fct_rfm_scores.rfm_segment": "seeds.rfm_segments.rfm_segment",
    "fct_build_log.seconds": "",
}


def test_columns_come_from_where_they_should(traced, tmp_path):
    """Known columns of the project exactly; all columns of all marts; the files say the same."""
    marts = {mart: (node, columns) for mart, node, columns in traced.marts()}
    found = {
        f"{mart}.{column.name}": " ".join(".".join(one) for one in traced.origins(column))
        for mart, (_, columns) in marts.items()
        for column in columns
    }
    assert {name: found[name] for name in ORIGINS} == ORIGINS
    wanted = {f"{mart}.{name}" for mart, (node, _) in marts.items() for name in node["columns"]}
    assert set(found) == wanted and len(marts) > 20
    for column in ("quadrant", "lifecycle_stage", "monetary_amount"):
        assert "raw.order_refunds.refund_amount" in found[f"dim_members.{column}"].split()
    lineage.write_csv(traced, tmp_path / "lineage.csv")
    with (tmp_path / "lineage.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["mart", "column", "kind", "from_table", "from_column"]
    ends: dict[str, list] = {name: [] for name in found}
    for mart, column, _, table, name in rows:
        ends[f"{mart}.{column}"] += [f"{table}.{name}"] if table else []
    assert {name: " ".join(one) for name, one in ends.items()} == found
    assert {row[2] for row in rows} == {"raw", "seed", ""}
    page = "\n".join(lineage.page(traced))
    assert not re.search(r"(src|href)='?https?:", page)
    for mart in marts:
        assert f"<h2 id='{mart}'>" in page and f"href='#{mart}'" in page


def model(name: str, sql: str | None, *above: str, folder: str = "marts", **columns: str) -> dict:
    """A model as dbt's manifest has it."""
    return {
        "resource_type": "model", "name": name, "relation_name": f'"w"."{folder}"."{name}"',
        "compiled_code": sql, "columns": {c: {"description": d} for c, d in columns.items()},
        "depends_on": {"nodes": [f"model.{one}" for one in above]}, "fqn": ["p", folder, name],
        "description": "",
    }  # fmt: skip


def test_a_column_is_followed_through_what_sql_can_do():
    """Stars, unions by place, windows, subqueries, names in capitals, a model that reads itself; a
    model that is not compiled, and a column that nobody knows, are said."""
    sql = """
        with numbered as (select *, row_number() over (partition by b order by C) as n from w.i.one)
        select A as x, n, (select max(d) from w.raw.other) as m, 1 as k, w.marts.two.y
        from numbered left join w.marts.two on numbered.e = two.x
    """
    manifest = {
        "sources": {
            "r": {"resource_type": "source", "relation_name": '"w"."raw"."t"',
                  "columns": {"a": {}, "b": {}, "c": {}, "e": {}}},
            "o": {"resource_type": "source", "relation_name": '"w"."raw"."other"',
                  "columns": {"d": {}}},
        },
        "nodes": {
            "model.one": model("one", 'select * from "w"."raw"."t" union all'
                               " select b, a, c, e from w.raw.t", folder="i"),
            "model.two": model("two", sql, "one", x="", y=""),
        },
    }  # fmt: skip
    found = lineage.trace(manifest)
    origins = {
        column.name: {".".join(one) for one in found.origins(column)}
        for _, _, columns in found.marts()
        for column in columns
    }
    assert origins == {
        "x": {"raw.t.a", "raw.t.b"}, "n": {"raw.t.a", "raw.t.b", "raw.t.c"},
        "m": {"raw.other.d"}, "k": set(), "y": set(),
    }  # fmt: skip
    assert [one.relation for one in found.passed(lineage.Column("marts.two", "x"))] == [
        "i.one", "raw.t", "raw.t"
    ]  # fmt: skip
    for sql, words in ((None, "two is not compiled"), ("select q from w.i.one", "two: ")):
        manifest["nodes"]["model.two"]["compiled_code"] = sql
        with pytest.raises(lineage.LineageError, match=words):
            lineage.trace(manifest)
