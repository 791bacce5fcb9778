"""Finish an erasure where the data are ours to touch (docs/operations.md, "Erase a member").

Usage: erase.py forget [--db DB] [--schema raw] [--exports DIR] [--published DIR] [--dry-run]
       erase.py finish [--db DB] [--schema raw] [--serving DIR] [--work DIR] [--dry-run]

`forget` takes the members of the raw table `erasures`: it lists the exports that named them, takes
them out of the files of exports and published folders, deletes their raw rows (spec §1,
erased_member), and turns the requests into entries of the block list, keyed hashes under
MEMBER_LOYALTY_ERASURE_KEY, that scripts/load_raw.py and staging honour. Then comes a build, which
takes them out of all models; what scripts/publish.py publishes has to be published anew. `finish`
removes the working files of dbt and writes the database file anew, so that no deleted byte stays in
it. `make erase` does all of it.

Each step may be repeated and killed. The database changes in one transaction, files are replaced
whole; the ids are given up last. Exit code 2 and one line on the error stream say what was wrong.
"""

from __future__ import annotations

import argparse
import csv
import glob
import hashlib
import json
import os
import re
import shutil
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import _block_list
import _warehouse
import duckdb
import export_audience
import load_raw
import publish
from _block_list import PREFIX, TABLE, BlockListError
from _contract import ROOT, contract
from _sql import fold, identifier, literal

TEXTS = "data_type = 'VARCHAR'"
IDS = "(member|customer|user|person)_?id$"  # columns that name persons, whoever made them
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# How export_audience.py names a file that is not yet whole, and one that wants a manifest.
UNFINISHED = re.compile(r"\..+_\d{4}-\d\d-\d\d_.+\.\w{8}")
WITHOUT_MANIFEST = re.compile(
    r".+_\d{4}-\d\d-\d\d_((full|delta)(_treatment|_control)?(_raw)?\.(csv|parquet|xlsx)"
    r"|((treatment|control)_)?(raw|hmac-sha256)\.state\.csv)"
)
PACKED = {".gz", ".zip", ".xlsx", ".zst", ".bz2", ".7z"}

IsNamed = Callable[[object], bool]


class EraseError(Exception):
    """One line for the user."""


# ---------------------------------------------------------------------------------------------
# Who is to be forgotten, and where the raw tables name them


@dataclass
class Doomed:
    """Members to forget, and how many rows of each raw table name them.

    requests: those whom `erasures` names. returned: those on the block list whom raw tables name
    all the same, brought in by another loader.
    """

    requests: set[str]
    returned: set[str]
    rows: dict[str, int]

    @property
    def members(self) -> set[str]:
        """All ids."""
        return self.requests | self.returned


def opened(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    """The warehouse, for this process alone unless read_only. Errors: no file, in use."""
    if not path.exists():
        raise EraseError(f"{path}: no such warehouse; make build")
    if not read_only:
        return load_raw.connect(str(path))
    try:
        return duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise EraseError(f"{path}: {load_raw.reason(error)}") from None


def raw_columns(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[str]:
    """Columns of a raw table as they are written there; none where there is no such table."""
    if not _block_list.exists(con, schema, table):
        return []
    rows = con.execute(f"describe {identifier(schema)}.{identifier(table)}").fetchall()
    return [row[0] for row in rows]


def naming(con: duckdb.DuckDBPyConnection, schema: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each raw table that can name a member, with the columns that do and their kind."""
    for table in contract():
        kinds = _block_list.naming_columns(table)
        found = {
            identifier(name): kinds[fold(name)]
            for name in raw_columns(con, schema, table)
            if fold(name) in kinds
        }
        if found:
            yield table, found


def doomed(con: duckdb.DuckDBPyConnection, schema: str, key: bytes) -> Doomed:
    """Who is to be forgotten; fills temporary tables with members, visitors and orders.

    Errors: no table erasures, a view in place of a table, another key than that of the block list.
    """
    for (view,) in con.execute(
        "select view_name from duckdb_views() where schema_name = ?", [schema]
    ).fetchall():
        if view in contract():
            raise EraseError(f"{schema}.{view} is a view: erase the member where its data are")
    if "member_id" not in map(fold, raw_columns(con, schema, "erasures")):
        raise EraseError(f"no table {schema}.erasures with a member_id; load the raw data first")
    raw = identifier(schema)
    _block_list.define_token(con, key)
    ids = "select distinct cast({} as varchar) as id from {}"
    requests = texts(
        con,
        f"select id from ({ids.format('member_id', f'{raw}.erasures')})"
        f" where trim(id, ' ') <> '' and not starts_with(id, '{PREFIX}')",
    )
    returned: set[str] = set()
    if _block_list.exists(con, schema):
        _block_list.check_key(con, schema, key)
        for table, kinds in naming(con, schema):
            for column in (name for name, kind in kinds.items() if kind == "member"):
                returned |= texts(
                    con,
                    f"select id from ({ids.format(column, f'{raw}.{table}')}) where"
                    f" erased_token('member', id) in (select member_token from {raw}.{TABLE})",
                )
    for kind in ("member", "visitor", "order"):
        con.execute(f"create or replace temp table doomed_{kind} (id varchar)")
    members = sorted(requests | returned)
    if members:
        con.execute("insert into doomed_member select unnest(?)", [members])
    for kind, table in (("visitor", "identities"), ("order", "orders")):
        column = f"{kind}_id"
        if "member_id" in map(fold, raw_columns(con, schema, table)):
            con.execute(
                f"insert into doomed_{kind} select distinct cast({column} as varchar)"
                f" from {raw}.{table} where cast(member_id as varchar) in (from doomed_member)"
                f" and trim(cast({column} as varchar), ' ') <> ''"
            )
    counts = {
        table: con.execute(
            f"select count(*) from {raw}.{table} where {names_doomed(kinds)}"
        ).fetchone()[0]
        for table, kinds in naming(con, schema)
    }
    return Doomed(requests, returned - requests, counts)


def elsewhere(con: duckdb.DuckDBPyConnection, schema: str) -> dict[str, int]:
    """Rows that hold a member's id where nothing of this project takes it out, by place: columns
    of raw tables beyond the contract, and tables that are neither raw nor made by a build."""
    made = (
        "select schema_name from duckdb_tables() where database_name = current_database()"
        f" and list_contains({[*_warehouse.IN_EACH_SCHEMA]}, table_name)"
    )
    found = {}
    for place, table, column in con.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " semi join duckdb_tables() using (database_name, schema_name, table_name)"
        " where database_name = current_database()"
        f" and ({TEXTS} or regexp_matches(column_name, {literal(IDS)}, 'i'))"
        f" and schema_name not in ({made}) order by all"
    ).fetchall():
        known = {column.name for column in contract()[table].columns} if table in contract() else ()
        if fold(place) == fold(schema) and (table == TABLE or fold(column) in known):
            continue
        rows = con.execute(
            f"select count(*) from {identifier(place)}.{identifier(table)}"
            f" where cast({identifier(column)} as varchar) in (from doomed_member)"
        ).fetchone()[0]
        if rows:
            found[f"{place}.{table}.{column}"] = rows
    return found


def check_elsewhere(con: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Refuses to give up ids that a column of ids still holds elsewhere; tells of other columns."""
    found = elsewhere(con, schema)
    ids = [place for place in found if names_persons(place)]
    for place, rows in found.items():
        print(f"  {place}: {rows:,} rows hold such a text; erase.py does not touch them")
    if ids:
        raise EraseError(
            f"{', '.join(ids)} would still name who is to be forgotten: clear or drop it first; raw"
            " tables are known by the names of the contract"
        )


def names_doomed(kinds: dict[str, str]) -> str:
    """The condition under which a raw row is one of a member to be forgotten."""
    return " or ".join(
        f"coalesce(cast({column} as varchar) in (from doomed_{kind}), false)"
        for column, kind in kinds.items()
    )


def texts(con: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """The values of a query of one column."""
    return {value for (value,) in con.execute(query).fetchall()}


def forget_raw(con: duckdb.DuckDBPyConnection, schema: str, key: bytes, who: Doomed) -> None:
    """Deletes the raw rows and puts the members on the block list, in one transaction."""
    raw = identifier(schema)
    today = datetime.now(UTC).date()
    con.execute("begin")
    for table, kinds in naming(con, schema):
        con.execute(f"delete from {raw}.{table} where {names_doomed(kinds)}")
    con.execute(
        f"create table if not exists {raw}.{TABLE} (member_token varchar primary key,"
        " key_check varchar not null, erased_on date not null, is_finished boolean not null)"
    )
    for member in sorted(who.members):
        con.execute(
            f"insert into {raw}.{TABLE} values (?, ?, ?, false)"
            " on conflict do update set is_finished = false",
            [_block_list.token(key, "member", member), _block_list.key_check(key), today],
        )
    con.execute(f"alter table {raw}.erasures alter member_id type varchar")
    _block_list.add_requests(con, schema)
    con.execute("commit")
    con.execute("checkpoint")


# ---------------------------------------------------------------------------------------------
# Files that have been handed out or published


@dataclass
class NamedFile:
    """An export that names members to be forgotten: how many, None where nobody can tell."""

    manifest: Path
    content: dict
    members: int | None
    named: IsNamed

    def __str__(self) -> str:
        about = f"snapshot {self.content['snapshot_date']}, ids {self.content['ids']}"
        path = self.manifest.parent / self.content["file"]
        return f"{path}  {about}" + ("" if path.exists() else ", the file is gone")


def exports_naming(folder: Path, members: set[str]) -> Iterator[NamedFile]:
    """The exports below a folder that named members, or may have: ids under a key that is not in
    the environment any more."""
    for path in sorted(folder.rglob("*.manifest.json")):
        try:
            content = json.loads(path.read_text("utf-8"))
            ids = content.get("ids")
        except (ValueError, AttributeError):
            raise EraseError(f"{path}: no manifest; repair or remove it") from None
        if ids is None:
            continue
        written = members
        if ids != "raw":
            key = os.environ.get(export_audience.KEY_VARIABLE, "").encode()
            known = export_audience.key_check(key) == content.get("key_check")
            if not key or not known:
                yield NamedFile(path, content, None, lambda cell: False)
                continue
            written = {export_audience.hashed(key, member) for member in members}
        named = written.__contains__
        rows = {row[0] for file in files_of(path, content) for row in read(file)[1]}
        if found := rows & written:
            yield NamedFile(path, content, len(found), named)


def files_of(manifest: Path, content: dict) -> list[Path]:
    """The files of an export that are there: its data and its state."""
    names = [content["file"], content.get("state")]
    return [manifest.parent / name for name in names if name and (manifest.parent / name).exists()]


def read(path: Path) -> tuple[list[str] | None, list[tuple]]:
    """Columns (none in a state file) and rows of an export as they were before they were made safe
    for spreadsheets."""
    if path.suffix == ".parquet":
        with duckdb.connect() as con:
            found = con.execute("select * from read_parquet(?)", [str(path)])
            return [column[0] for column in found.description], found.fetchall()
    if path.suffix == ".xlsx":
        rows = list(sheet(path))
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    if path.name.endswith(".state.csv"):
        return None, [tuple(row) for row in rows]
    columns, *rows = rows
    return columns, [tuple(export_audience.original(cell) or None for cell in row) for row in rows]


def sheet(path: Path) -> Iterator[list[str]]:
    """The rows of the one sheet of an exported workbook; an empty cell is an empty text."""
    with zipfile.ZipFile(path) as book:
        tree = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    width = 0
    for row in tree.iter(f"{SHEET}row"):
        cells: dict[int, str] = {}
        for cell in row.iter(f"{SHEET}c"):
            text = re.sub(
                "_x([0-9A-F]{4})_", lambda m: chr(int(m[1], 16)), "".join(cell.itertext())
            )
            cells[ord(cell.get("r")[0]) - ord("A")] = text
        width = width or len(cells)
        yield [cells.get(column, "") for column in range(width)]


def clean_export(file: NamedFile) -> None:
    """Takes the members out of an export: of its state, its manifest and its file, in this order,
    so that what is done halfway is found again by the file."""
    folder, content = file.manifest.parent, file.content
    if content.get("state") and (folder / content["state"]).exists():
        state = folder / content["state"]
        kept = dict(row for row in read(state)[1] if not file.named(row[0]))
        export_audience.atomically(state, lambda at: export_audience.write_state(at, kept))
    path = folder / content["file"]
    if not path.exists():
        return
    columns, rows = read(path)
    export = export_audience.Export(columns, [r for r in rows if not file.named(r[0])], {})

    def write(at: Path) -> None:
        export_audience.WRITERS[content["format"]](at, export)
        save_manifest(file.manifest, content, export.rows, at)

    export_audience.atomically(path, write)


def save_manifest(path: Path, content: dict, rows: list[tuple], data: Path) -> None:
    """Writes the manifest anew for a file with fewer rows, and says how many have gone."""
    actions = Counter(row[1:3] for row in rows)
    content = content | {
        "rows": len(rows),
        "erased_rows": content["rows"] + content.get("erased_rows", 0) - len(rows),
        "bytes": data.stat().st_size,
        "sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
        "rows_by_action_and_variant": {
            f"{action} {side}": count for (action, side), count in sorted(actions.items())
        },
    }
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    export_audience.atomically(path, lambda at: at.write_text(text, "utf-8"))


def left_overs(folder: Path) -> list[Path]:
    """What killed exports left below a folder: files that are not yet whole, folders of a sheet's
    working files, and whole files that no manifest names."""
    known = {
        file
        for manifest in folder.rglob("*.manifest.json")
        for file in files_of(manifest, json.loads(manifest.read_text("utf-8")))
    }
    return [
        path
        for path in sorted(folder.rglob("*"))
        if UNFINISHED.fullmatch(path.name)
        or (WITHOUT_MANIFEST.fullmatch(path.name) and path not in known and path.is_file())
    ]


def clean_published(
    folder: Path, members: set[str], dry_run: bool
) -> Iterator[tuple[Path, int, int]]:
    """Takes members out of the CSV, Parquet and DuckDB files below a folder: rows that name them in
    a column of ids, or as `member:<id>` anywhere. Yields each file that holds such a text, how many
    rows name them, and how many hold it in other columns, where it may be a score. Errors: a file
    of another kind that holds an id."""
    cleaners = {".parquet": clean_parquet, ".csv": clean_csv, ".duckdb": clean_duckdb}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix in cleaners:
            rows, others = cleaners[path.suffix](path, members, dry_run)
            if rows or others:
                yield path, rows, others
        elif path.suffix == ".wal" and path.with_suffix("").suffix == ".duckdb":
            continue  # part of the file beside it
        else:
            content = path.read_bytes()
            if path.suffix in PACKED or any(name.encode() in content for name in members):
                raise EraseError(
                    f"{path} may name a member to be forgotten and is no CSV, Parquet or DuckDB"
                    " file: remove it, or make it anew after the erasure"
                )


def names_persons(column: str) -> bool:
    """Whether a column is one of ids of persons, by its name."""
    return bool(re.search(IDS, column, re.IGNORECASE))


def conditions(columns: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """For a row: that it names somebody of `doomed_names`, and that it does not but holds such a
    text in another column. Args: columns - name and type of all."""

    def held(chosen: list[str], ids: str) -> str:
        cells = [f"cast({identifier(c)} as varchar) in (select {ids})" for c in chosen]
        return " or ".join(f"coalesce({cell}, false)" for cell in cells) or "false"

    texts = [name for name, kind in columns if kind == "VARCHAR"]
    persons = [name for name, _ in columns if names_persons(name)]
    id_of, person = "name from temp.doomed_names", "'member:' || name from temp.doomed_names"
    named = f"({held(persons, id_of)} or {held(texts, person)})"
    return named, f"(not {named} and ({held([c for c in texts if c not in persons], id_of)}))"


def look_for(con: duckdb.DuckDBPyConnection, members: set[str]) -> None:
    """Puts the ids into the temporary table that `conditions` reads."""
    con.execute("create or replace temp table doomed_names (name varchar)")
    con.execute("insert into doomed_names select unnest(?)", [sorted(members)])


def clean_parquet(path: Path, members: set[str], dry_run: bool) -> tuple[int, int]:
    """Takes out rows of a Parquet file; how many, and how many others hold such a text."""
    with duckdb.connect() as con:
        look_for(con, members)
        file = literal(glob.escape(str(path)))
        rows = f"read_parquet({file}, hive_partitioning = false, filename = false)"
        described = con.execute(f"describe select * from {rows}").fetchall()
        named, other = conditions([(row[0], row[1]) for row in described])
        counted = f"select count(*) filter ({named}), count(*) filter ({other}) from {rows}"
        count, others = con.execute(counted).fetchone()
        if count and not dry_run:
            query = f"select * from {rows} where not {named}"
            export_audience.atomically(
                path,
                lambda at: con.execute(f"copy ({query}) to {literal(str(at))} (format parquet)"),
            )
        return count, others


def clean_csv(path: Path, members: set[str], dry_run: bool) -> tuple[int, int]:
    """Takes out rows of a CSV file; how many, and how many others hold such a text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = list(csv.reader(file, strict=True)) or [[]]
    if len(heads) == 1 and re.search(r"[;\t|]", heads[0]):
        raise EraseError(f"{path} is not separated by commas: remove it, or save it with commas")
    persons = {place for place, name in enumerate(heads) if names_persons(name)}
    tagged = {f"member:{member}" for member in members}
    kept, others = [heads], 0
    for row in rows:
        cells = [{cell, export_audience.original(cell)} for cell in row]
        if any(c & tagged or (n in persons and c & members) for n, c in enumerate(cells)):
            continue
        kept.append(row)
        others += any(c & members for c in cells)

    def write(at: Path) -> None:
        with at.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\r\n").writerows(kept)

    count = len(rows) + 1 - len(kept)
    if count and not dry_run:
        export_audience.atomically(path, write)
    return count, others


def clean_duckdb(path: Path, members: set[str], dry_run: bool) -> tuple[int, int]:
    """Takes out rows of a DuckDB file, which is written anew; how many, and how many others hold
    such a text. A mark beside the file tells a later run that rows are out and bytes are not."""
    mark, count, others = path.with_name(f".{path.name}.to-rewrite"), 0, 0
    con = opened(path, read_only=dry_run)
    try:
        look_for(con, members)
        for schema, table, columns in con.execute(
            "select schema_name, table_name, list((column_name, data_type)) from duckdb_columns()"
            " join duckdb_tables() using (database_name, schema_name, table_name)"
            " where database_name = current_database() group by all order by all"
        ).fetchall():
            target = f"{identifier(schema)}.{identifier(table)}"
            named, other = conditions(columns)
            counted = f"select count(*) filter ({named}), count(*) filter ({other}) from {target}"
            found, held = con.execute(counted).fetchone()
            if found and not dry_run:
                mark.touch()
                con.execute(f"delete from {target} where {named}")
            count, others = count + found, others + held
        if mark.exists() and not dry_run:
            rewrite(con, path)
            mark.unlink()
        return count, others
    finally:
        con.close()


# ---------------------------------------------------------------------------------------------
# The database file


def rewrite(con: duckdb.DuckDBPyConnection, path: Path, last: str = "") -> None:
    """Writes a database file anew and puts it in the place of the old one, which stays locked until
    then: whoever comes next opens the new one.

    DuckDB keeps the bytes of deleted rows in free blocks; a copy of what is there has none.

    Args:
        con: a connection that has the file open for itself.
        last: SQL to run in the copy, where `fresh` is its catalogue.
    """
    path = path.resolve()  # through a link the old file would stay as it is
    copy, log = path.with_name(f".{path.name}.erasing"), path.with_name(path.name + ".wal")
    for old in (copy, copy.with_name(copy.name + ".wal")):
        old.unlink(missing_ok=True)
    name, tags = con.execute(
        "select database_name, tags from duckdb_databases()"
        " where database_name = current_database()"
    ).fetchone()
    version = tags.get("storage_version", "latest").rstrip("+")
    con.execute("checkpoint")
    con.execute(f"attach {literal(str(copy))} as fresh (storage_version {literal(version)})")
    try:
        sql = f"copy from database {identifier(name)} to fresh"
        load_raw.execute(con, sql, load_raw.progress("database"), "written")
        if last:
            con.execute(last)
        con.execute("checkpoint fresh")
        con.execute("detach fresh")
        with copy.open("rb") as file:
            os.fsync(file.fileno())
        shutil.copymode(path, copy)
        if log.exists() and log.stat().st_size:
            raise EraseError(f"{log} is still in use; close what has the file open")
        os.replace(copy, path)  # noqa: PTH105
    except BaseException:
        for old in (copy, copy.with_name(copy.name + ".wal")):
            old.unlink(missing_ok=True)
        raise


def check_built(con: duckdb.DuckDBPyConnection, schema: str) -> str:
    """Refuses to finish before a complete build has taken the members out of all models. Returns
    the build."""
    listed = f"{identifier(schema)}.{TABLE}"
    _warehouse.find_models(con)
    try:
        (missing,) = con.execute(
            f"select count(*) from {listed} where member_token not in"
            " (select member_id from stg_erasures)"
        ).fetchone()
    except duckdb.CatalogException:
        missing = 1
    build = _warehouse.complete_build(con)
    if missing or not build:
        raise EraseError("the models may still name who was forgotten: make build, then finish")
    return build


# ---------------------------------------------------------------------------------------------
# The commands


def forget(arguments: argparse.Namespace) -> None:
    """Lists exports, cleans files, deletes raw rows, fills the block list."""
    key = _block_list.environment_key()
    con = opened(arguments.db, arguments.dry_run)
    try:
        who = doomed(con, arguments.schema, key)
        say_who(who)
        if not who.members:
            return
        check_elsewhere(con, arguments.schema)
        for folder in arguments.published:
            if not folder.is_dir():
                raise EraseError(f"{folder}: no such folder; nothing was changed")
        exports = list(exports_naming(arguments.exports, who.members))
        unknown = [file for file in exports if file.members is None]
        say_exports(exports)
        if unknown and not (arguments.leave_unmatched or arguments.dry_run):
            raise EraseError(
                f"{len(unknown)} exports hold ids hashed under a key that is not in"
                f" {export_audience.KEY_VARIABLE}: set it, or, where it is lost, run"
                " scripts/erase.py forget --leave-unmatched (docs/operations.md), and tell their"
                " recipients too"
            )
        for folder in arguments.published:
            for path, rows, others in clean_published(folder, who.members, arguments.dry_run):
                stay = f"; {others:,} rows hold such a text in other columns, and stay"
                print(
                    f"  {path}: {rows:,} rows {'would go' if arguments.dry_run else 'out'}"
                    f"{stay if others else ''}"
                )
        left = left_overs(arguments.exports)
        if left:
            print(f"  {arguments.exports}: {len(left):,} unfinished files, to be removed:")
            print(*(f"    {path}" for path in left), sep="\n")
        if arguments.dry_run:
            print("A dry run: nothing was changed.")
            return
        for path in left:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for file in exports:
            if file.members is not None:
                clean_export(file)
        forget_raw(con, arguments.schema, key, who)
    finally:
        con.close()
    print("Forgotten in the raw data; the next build takes them out of the models.")


def say_who(who: Doomed) -> None:
    """Prints how many members and rows are to go, and no id."""
    if not who.members:
        print("No member to forget: every request is done.")
        return
    print(f"Members to forget: {len(who.members):,}", end="")
    print(f", {len(who.returned):,} of them back by another loader" if who.returned else "")
    for table, rows in who.rows.items():
        print(f"  {table:<16} {rows:>12,} raw rows")


def say_exports(exports: list[NamedFile]) -> None:
    """Prints the exports whose recipients must be told."""
    named = [file for file in exports if file.members is not None]
    unmatched = len(exports) - len(named)
    maybe = f", exports that may name them: {unmatched:,}" if unmatched else ""
    print(f"Exports that named them: {len(named):,}{maybe}; tell who received them")
    for file in named:
        print(f"  {file}")
    for file in (file for file in exports if file.members is None):
        print(f"  {file}, hashed under a key that is not at hand: may name them")


def finish(arguments: argparse.Namespace) -> None:
    """Removes dbt's working files and writes the database file anew."""
    con = opened(arguments.db, arguments.dry_run)
    try:
        listed = f"{identifier(arguments.schema)}.{TABLE}"
        open_entries = 0
        if _block_list.exists(con, arguments.schema):
            query = f"select count(*) from {listed} where not is_finished"
            open_entries = con.execute(query).fetchone()[0]
        if not open_entries:
            print("Nothing to finish.")
            return
        build_id = check_built(con, arguments.schema)
        publish.check_published(arguments.db, build_id, arguments.serving)
        size = arguments.db.stat().st_size
        beside = [arguments.db.with_name(arguments.db.name + end) for end in (".tmp", ".loading")]
        work = [folder for folder in [*arguments.work, *beside] if folder.exists()]
        for folder in work:
            print(f"  {folder}: {'would be' if arguments.dry_run else ''} removed")
            if not arguments.dry_run:
                shutil.rmtree(folder)
        if arguments.dry_run:
            print(f"  {arguments.db}: would be written anew, {size / 1e6:,.1f} MB")
            return
        last = f"update fresh.{listed} set is_finished = true"
        rewrite(con, arguments.db, last)
    finally:
        con.close()
    print(f"  {arguments.db}: written anew, {arguments.db.stat().st_size / 1e6:,.1f} MB")
    print(f"Erased for good: {open_entries:,} members. Not ours to touch: your raw files, backups.")


def parsed(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("forget", help="raw rows, exports, published files, block list")
    first.add_argument("--exports", type=Path, default=Path("exports"), help="default: exports")
    first.add_argument("--published", type=Path, action="append", default=[])
    first.add_argument("--leave-unmatched", action="store_true", help="exports of a lost key")
    second = commands.add_parser("finish", help="after a build: dbt's files, the database file")
    second.add_argument("--serving", type=Path, help="default: serving beside DB")
    folders = "default: target, logs, build/dashboards"
    second.add_argument("--work", type=Path, action="append", help=folders)
    for command in (first, second):
        command.add_argument("--db", type=Path, help="default: MEMBER_LOYALTY_DB")
        command.add_argument("--schema", default="raw", help="raw schema (default raw)")
        command.add_argument("--dry-run", action="store_true", help="say what would go")
    arguments = parser.parse_args(words)
    arguments.db = arguments.db or _warehouse.default_path()
    if arguments.command == "finish" and arguments.work is None:
        arguments.work = [ROOT / "target", ROOT / "logs", ROOT / "build" / "dashboards"]
    return arguments


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command. Returns the exit code."""
    arguments = parsed(words)
    try:
        {"forget": forget, "finish": finish}[arguments.command](arguments)
    except (EraseError, BlockListError, load_raw.LoadError, publish.PublishError) as error:
        print(f"erase: {error}", file=sys.stderr)
        return 2
    except (duckdb.Error, OSError) as error:
        print(f"erase: {load_raw.reason(error)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
