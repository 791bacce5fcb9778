"""Publish the marts of a complete build for readers (docs/bi.md).

Usage: publish.py [DB] [--to DIR] [--descriptions FILE] [--no-parquet] [--again]

A DuckDB file has one writer or many readers. So BI tools read a copy, which no build ever writes:
DIR (`serving` beside DB) then holds, for a warehouse called `warehouse.duckdb`,

    warehouse.duckdb           the marts with their comments, read-only, in the format of DuckDB 1.0
    warehouse_parquet/<time>/  the same, one file a mart
    warehouse.manifest.json    build, as_of_date, rows and columns; where the Parquet files are

Each is put in its place whole, the manifest last: whoever opens the database reads one build or the
next. The table `publication` in it says which one. A warehouse whose last build did not end is not
published. A publication that fails or is killed leaves the one before; the next clears up after it.
Exit code 2 and one line on the error stream say what was wrong.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
from _contract import ROOT
from _sql import identifier, literal
from _warehouse import default_path
from load_raw import reason

STORAGE = "v1.0.0"  # the oldest format that DuckDB writes; 0.10.3, 1.0.0, 1.5.5 have read it
TARGET = "_published"  # the new database, as SQL calls it here
# Cells of raw files, bad ones and columns that nobody asked for among them, stay in the warehouse.
EMPTIED = {"rejected_rows": ("row_key", "raw_row")}
NOT_HERE = "Always empty here: it is in the warehouse alone."
# Seeds that a report of the marts needs: names of segments and stages, weights in force.
SEEDS = ("loyalty_weights", "segment_playbook")
EXPLANATIONS = "member_explanations"
PUBLICATION = "publication"
PUBLICATION_COLUMNS = {
    "table_name": ("varchar", "Mart, or seed beside the marts."),
    "row_count": ("bigint", "Its rows."),
    "build_id": ("varchar", "The build that all marts here are of, as in fct_build_log."),
    "as_of_date": ("date", "The last day of that build; null = there is no order."),
    "published_at": ("timestamp", "When it was published, UTC."),
    "schema_hash": ("varchar", "Differs where any mart's columns, types or names differ."),
}

# Of a table: what it is, and what each column is.
Descriptions = dict[str, tuple[str, dict[str, str]]]


class PublishError(Exception):
    """One line for the user."""


@dataclass(frozen=True)
class Place:
    """The names of a publication in its folder."""

    folder: Path
    stem: str

    @property
    def database(self) -> Path:
        """What BI tools open."""
        return self.folder / f"{self.stem}.duckdb"

    @property
    def manifest(self) -> Path:
        """What was published, written last."""
        return self.folder / f"{self.stem}.manifest.json"

    @property
    def parquet(self) -> Path:
        """The folder of Parquet folders; the manifest names the one that counts."""
        return self.folder / f"{self.stem}_parquet"

    @property
    def work(self) -> Path:
        """Where a publication is prepared."""
        return self.folder / f".{self.stem}.publishing"

    def exists(self) -> bool:
        """Whether anything was ever published here, be it in part."""
        return any(p.exists() for p in (self.database, self.manifest, self.parquet, self.work))

    def content(self) -> dict:
        """The manifest; empty where there is none that can be read."""
        try:
            return json.loads(self.manifest.read_text("utf-8"))
        except (OSError, ValueError):
            return {}


def place_of(db: Path, folder: Path | None = None) -> Place:
    """Where a warehouse is published: in `serving` beside it, unless said otherwise."""
    return Place(folder or db.parent / "serving", db.stem)


# ---------------------------------------------------------------------------------------------
# What the warehouse holds


@contextmanager
def attached(db: Path, work: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """A connection that has the warehouse attached to read, and its name there.

    It keeps the name that dbt knows it by, for views may name it. Errors: no file, in use.
    """
    if not db.is_file():
        raise PublishError(f"{db} is no file; build it with: make build RAW=<folder> DB={db}")
    settings = {
        "memory_limit": os.environ.get("MEMBER_LOYALTY_MEMORY", "6GB"),
        "preserve_insertion_order": False,
        "temp_directory": str(work / "spill"),
    }
    with duckdb.connect(config=settings) as con:
        known = "select database_name from duckdb_databases() where not internal"
        before = set(con.execute(known).fetchall())
        try:
            con.execute(f"attach {literal(str(db))} (read_only)")
        except duckdb.IOException as error:
            if "Could not set lock" in str(error):
                raise PublishError(
                    f"{db}: in use by another process; publish when its build has ended"
                ) from None
            raise
        ((name,),) = set(con.execute(known).fetchall()) - before
        yield con, name


def build_of(con: duckdb.DuckDBPyConnection, name: str, db: Path) -> tuple[str, date | None]:
    """The last build and its as_of_date. Errors: there is none, or it did not end.

    The plan is written before all marts, the ledger after them and their tests.
    """
    schemas = dict(
        con.execute(
            "select table_name, schema_name from duckdb_tables() where database_name = ?"
            " and table_name in ('int_restatement_plan', 'int_build_ledger')",
            [name],
        ).fetchall()
    )
    if not schemas:
        raise PublishError(f"{db} holds no build; make build DB={db}")
    if "int_build_ledger" in schemas:
        plan, ledger = (
            f"{identifier(name)}.{identifier(schemas[table])}.{table}"
            for table in ("int_restatement_plan", "int_build_ledger")
        )
        planned, ended, as_of_date = con.execute(
            f"select (select max(build_id) from {plan}), max(build_id),"
            f" max(fact_on) filter (input = 'as_of_date') - 1 from {ledger}"
        ).fetchone()
        if planned == ended:
            return planned, as_of_date
    raise PublishError(
        f"the last build of {db} did not end: it was broken off, or a model or test failed; it is"
        " not published, and what was published before stays. Build again"
    )


def marts_of(con: duckdb.DuckDBPyConnection, name: str) -> tuple[str, dict[str, str]]:
    """The schema of the marts, and what is published with its name in SQL: the tables and views of
    that schema, but for those that dbt works with, and SEEDS."""
    found = con.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = $1"
        " union all"
        " select schema_name, view_name from duckdb_views() where database_name = $1"
        " order by table_name",
        [name],
    ).fetchall()
    schema = next((schema for schema, table in found if table == "dim_members"), None)
    if schema is None:
        raise PublishError("the warehouse has no dim_members; make build")
    return schema, {
        table: ".".join(map(identifier, (name, held_in, table)))
        for held_in, table in found
        if table in SEEDS or (held_in == schema and not re.search(r"__dbt_\w+$", table))
    }


def descriptions_of(
    con: duckdb.DuckDBPyConnection, name: str, schema: str, file: Path
) -> Descriptions:
    """What is said of marts and columns: by the project as dbt has read it, in `file`, and by
    comments in the warehouse."""
    found: Descriptions = {}
    seeds = {("seed", seed) for seed in SEEDS}
    if file.exists():
        for node in json.loads(file.read_text("utf-8"))["nodes"].values():
            kind, alias = node["resource_type"], node.get("alias")
            if (kind == "model" and node["schema"] == schema) or (kind, alias) in seeds:
                columns = {c["name"]: c["description"] for c in node["columns"].values()}
                found[alias] = node["description"], columns
    for table, comment in con.execute(
        "select table_name, comment from duckdb_tables()"
        " where database_name = ? and schema_name = ? and comment is not null",
        [name, schema],
    ).fetchall():
        found[table] = comment, found.get(table, ("", {}))[1]
    for table, column, comment in con.execute(
        "select table_name, column_name, comment from duckdb_columns()"
        " where database_name = ? and schema_name = ? and comment is not null",
        [name, schema],
    ).fetchall():
        found.setdefault(table, ("", {}))[1][column] = comment
    return found


# ---------------------------------------------------------------------------------------------
# The copy


def copy_marts(con: duckdb.DuckDBPyConnection, schema: str, tables: dict[str, str]) -> None:
    """Copies marts into the new database; a view becomes a table."""
    con.execute(f"create schema if not exists {TARGET}.{identifier(schema)}")
    for table, source in tables.items():
        emptied = ", ".join(
            f"cast(null as varchar) as {column}" for column in EMPTIED.get(table, ())
        )
        con.execute(
            f"create table {TARGET}.{identifier(schema)}.{identifier(table)} as"
            f" select * {f'replace ({emptied})' if emptied else ''} from {source}"
        )


def copy_explanations(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Puts the view that tells why members have their labels into the new database, if there is
    one. It reads the marts beside it, so the name of the warehouse goes."""
    views = "select schema_name, sql from duckdb_views() where database_name = ? and view_name = ?"
    for schema, sql in con.execute(views, [name, EXPLANATIONS]).fetchall():
        con.execute(f"create schema if not exists {TARGET}.{identifier(schema)}; use {TARGET}")
        catalog = rf'(?<![\w."])("{re.escape(name)}"|{re.escape(name)})\.(?="?\w+"?\."?\w)'
        con.execute(re.sub(catalog, "", sql))
        con.execute("use memory")


def one_line(text: str | None) -> str:
    """A description without the line ends of the file that it is from."""
    return " ".join((text or "").split())


def content_of(
    con: duckdb.DuckDBPyConnection, schema: str, tables: Sequence[str], said: Descriptions
) -> dict[str, dict]:
    """For each table of the new database its description, rows and columns."""
    columns: dict[str, list[tuple]] = {}
    for table, *column in con.execute(
        "select table_name, column_name, data_type from duckdb_columns() where database_name = ?"
        " order by table_name, column_index",
        [TARGET],
    ).fetchall():
        columns.setdefault(table, []).append(column)
    content: dict[str, dict] = {}
    for table in tables:
        path = f"{TARGET}.{identifier(schema)}.{identifier(table)}"
        about, of_columns = said.get(table, ("", {}))
        for column in EMPTIED.get(table, ()):
            of_columns = of_columns | {column: f"{of_columns.get(column, '')} {NOT_HERE}"}
        rows = con.execute(f"select count(*) from {path}").fetchone()[0]
        content[table] = {
            "description": one_line(about),
            "rows": rows,
            "columns": [
                {"name": column, "type": kind, "description": one_line(of_columns.get(column))}
                for column, kind in columns[table]
            ],
        }
    return content


def schema_hash(content: dict[str, dict]) -> str:
    """A hash of the names and types of all columns of all tables."""
    columns = {
        table: [(column["name"], column["type"]) for column in about["columns"]]
        for table, about in content.items()
    }
    return hashlib.sha256(json.dumps(columns, sort_keys=True).encode()).hexdigest()


def comment(con: duckdb.DuckDBPyConnection, schema: str, content: dict[str, dict]) -> None:
    """Writes the descriptions as comments on tables and columns."""
    statements = []
    for table, about in content.items():
        path = f"{TARGET}.{identifier(schema)}.{identifier(table)}"
        if about["description"]:
            statements.append(f"comment on table {path} is {literal(about['description'])}")
        statements += [
            f"comment on column {path}.{identifier(column['name'])}"
            f" is {literal(column['description'])}"
            for column in about["columns"]
            if column["description"]
        ]
    con.execute(";\n".join(statements))


def write_publication(con: duckdb.DuckDBPyConnection, schema: str, manifest: dict) -> None:
    """Writes into the new database what it is: the table `publication`."""
    path = f"{TARGET}.{identifier(schema)}.{PUBLICATION}"
    types = ", ".join(f"{column} {kind}" for column, (kind, _) in PUBLICATION_COLUMNS.items())
    con.execute(f"create table {path} ({types})")
    same = [manifest[column] for column in list(PUBLICATION_COLUMNS)[2:]]
    rows = [[table, about["rows"], *same] for table, about in manifest["tables"].items()]
    marks = ", ".join(f"({', '.join('?' for _ in PUBLICATION_COLUMNS)})" for _ in rows)
    con.execute(f"insert into {path} values {marks}", [cell for row in rows for cell in row])
    about = {
        "description": "One row per mart in this file: how many rows it has, of which build it is.",
        "columns": [
            {"name": column, "description": text}
            for column, (_, text) in PUBLICATION_COLUMNS.items()
        ],
    }
    comment(con, schema, {PUBLICATION: about})


def write_parquet(con: duckdb.DuckDBPyConnection, schema: str, manifest: dict, to: Path) -> None:
    """Writes each mart of the new database as a Parquet file."""
    to.mkdir()
    for table in manifest["tables"]:
        path = f"{TARGET}.{identifier(schema)}.{identifier(table)}"
        file = to / f"{table}.parquet"
        con.execute(f"copy {path} to {literal(str(file))} (format parquet, compression snappy)")


def prepare(db: Path, place: Place, descriptions: Path, with_parquet: bool, again: bool) -> dict:
    """Writes a whole publication into the folder `place.work`; returns its manifest."""
    work = place.work
    work.mkdir()
    with attached(db, work) as (con, name):
        build_id, as_of_date = build_of(con, name, db)
        before = place.content().get("as_of_date")
        if before and as_of_date is None and not again:
            raise PublishError(
                f"{db} has no snapshot, for no order is staged by as_of_date; what was published as"
                f" of {before} stays. If it is meant to go, give --again"
            )
        schema, tables = marts_of(con, name)
        said = descriptions_of(con, name, schema, descriptions)
        new = literal(str(work / place.database.name))
        con.execute(f"attach {new} as {TARGET} (storage_version '{STORAGE}')")
        con.execute("begin")
        copy_marts(con, schema, tables)
        copy_explanations(con, name)
        content = content_of(con, schema, list(tables), said)
        comment(con, schema, content)
        now = datetime.now(UTC).replace(tzinfo=None)
        folder = f"{place.parquet.name}/{now:%Y%m%dT%H%M%S.%f}"
        manifest = {
            "build_id": build_id,
            "as_of_date": as_of_date and as_of_date.isoformat(),
            "published_at": now.isoformat(),
            "schema_hash": schema_hash(content),
            "database": place.database.name,
            "schema": schema,
            "parquet": folder if with_parquet else None,
            "tables": content,
        }
        write_publication(con, schema, manifest)
        con.execute("commit")
        if with_parquet:
            write_parquet(con, schema, manifest, work / "parquet")
        con.execute(f"checkpoint {TARGET}")
        con.execute(f"detach {TARGET}")
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (work / place.manifest.name).write_text(text, "utf-8")
    for file in [path for path in work.rglob("*") if path.is_file()]:
        file.chmod(0o444)
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    return manifest


def put_in_place(place: Place, manifest: dict) -> None:
    """Puts what is prepared in its place: Parquet under a new name, database, manifest."""
    if manifest["parquet"]:
        place.parquet.mkdir(exist_ok=True)
        (place.work / "parquet").rename(place.folder / manifest["parquet"])
    # Whoever has written to the published file in spite of all may have left a log, which would be
    # played onto the new one.
    place.database.with_name(place.database.name + ".wal").unlink(missing_ok=True)
    for path in (place.database, place.manifest):
        os.replace(place.work / path.name, path)  # noqa: PTH105
    folder = os.open(place.folder, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def clear_up(place: Place) -> None:
    """Removes what was being prepared, and all Parquet but that which the manifest names."""
    if place.work.exists():
        shutil.rmtree(place.work)
    named = place.content().get("parquet")
    for folder in place.parquet.iterdir() if place.parquet.exists() else ():
        if f"{place.parquet.name}/{folder.name}" != named:
            shutil.rmtree(folder)
    with suppress(OSError):  # not there, not empty
        place.parquet.rmdir()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Waits until no other publication works in the folder. A killed one does not block it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
        with suppress(OSError):  # not empty
            folder.rmdir()


def publish(
    db: Path,
    to: Path | None = None,
    descriptions: Path | None = None,
    with_parquet: bool = True,
    again: bool = False,
) -> dict:
    """Publishes a warehouse. Returns the manifest.

    Args:
        db: the warehouse.
        to: the folder; `serving` beside it when None.
        descriptions: dbt's manifest.json; that of the project when None.
        with_parquet: write Parquet files, too.
        again: put marts without a snapshot in the place of some with snapshots, too.
    """
    place = place_of(db, to)
    if place.database.resolve() == db.resolve():
        raise PublishError(f"{db} would be overwritten by its own copy; name another folder")
    with alone(place.folder):
        clear_up(place)
        try:
            described = descriptions or ROOT / "target" / "manifest.json"
            manifest = prepare(db, place, described, with_parquet, again)
            put_in_place(place, manifest)
        finally:
            clear_up(place)
    return manifest


def check_published(db: Path, build_id: str, to: Path | None = None) -> None:
    """Errors: what is published of a warehouse is there and is not of this build."""
    place = place_of(db, to)
    if place.exists() and (place.work.exists() or place.content().get("build_id") != build_id):
        raise PublishError(f"{place.database} is of an older build: publish the warehouse first")


# ---------------------------------------------------------------------------------------------
# The command


def in_words(place: Place, manifest: dict, seconds: float) -> str:
    """What was published where."""
    tables = manifest["tables"]
    rows = sum(about["rows"] for about in tables.values())
    size = place.database.stat().st_size / 1e6
    lines = [
        f"Published: {place.database}, as of {manifest['as_of_date']}, {len(tables)} tables,"
        f" {rows:,} rows, {size:,.1f} MB, in {seconds:.1f} s"
    ]
    if manifest["parquet"]:
        lines.append(f"  Parquet: {place.folder / manifest['parquet']}")
    lacking = [table for table, about in tables.items() if not about["description"]]
    if lacking:
        lines.append(f"  without descriptions: {', '.join(lacking)} (dbt parse, then publish)")
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("db", nargs="?", type=Path, help="DuckDB file; default warehouse.duckdb")
    parser.add_argument("--to", type=Path, metavar="DIR", help="default: serving beside DB")
    parser.add_argument(
        "--descriptions", type=Path, metavar="FILE", help="default: target/manifest.json"
    )
    parser.add_argument("--no-parquet", action="store_true", help="the database alone")
    parser.add_argument(
        "--again",
        action="store_true",
        help="only where it has been published before; marts without a snapshot, too",
    )
    options = parser.parse_args(words)
    db = options.db or default_path()
    place = place_of(db, options.to)
    if options.again and not place.exists():
        return 0
    started = time.monotonic()
    try:
        manifest = publish(
            db, options.to, options.descriptions, not options.no_parquet, options.again
        )
    except (PublishError, duckdb.Error, OSError) as error:
        print(f"publish: {reason(error)}", file=sys.stderr)
        return 2
    print(in_words(place, manifest, time.monotonic() - started))
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # clears up, unlike dying of it
    sys.exit(main())
