"""Load a folder of raw files into the raw schema of the warehouse (spec §1).

For each table of the contract (models/staging/_sources.yml) DIR may hold `<table>.csv`,
`<table>.csv.gz` or `<table>.parquet`; only `orders` must be there. CSV cells arrive as text,
exactly as written; Parquet keeps its types. All tables change in one transaction: a failed load
leaves the raw data of the load before. Exit code 2 and one line on the error stream say what was
wrong. Rows of members whom `make erase` has forgotten come in without content (_block_list.py).

A CSV file is UTF-8 with or without BOM, comma separated, quoted as RFC 4180 says; Python's csv
module in strict mode is the definition. DuckDB's reader differs from it in small ways (it drops
blanks beside quotes, lets a trailing comma pass, can swallow an open quote), so it reads a file as
it stands only where counting proves the result right; any other file it reads in a rewritten form.
"""

import argparse
import codecs
import csv
import glob
import gzip
import io
import itertools
import os
import re
import shutil
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import _block_list
import duckdb
from _contract import Column, contract
from _sql import fold, identifier, literal

SUFFIXES = (".csv", ".csv.gz", ".parquet")
CHUNK_BYTES = 8 << 20
BATCH_RECORDS = 5_000
MAX_LINE_BYTES = 16 << 20
PROGRESS_SECONDS = 2.0
CELL = re.compile(r'"(?:[^"]|"")*+"(?=[,\r\n]|\Z)|(?!")[^,\r\n]*+')
CATALOGUES = ("main", "memory", "system", "temp")  # what DuckDB calls so itself
LOADED_FROM = "Loaded by scripts/load_raw.py from {}"  # comment of the table orders

Say = Callable[[str], None]
# From the columns of a file and the query that reads it to the query that fills the table.
Emptied = Callable[[list[str], str], str]


class LoadError(Exception):
    """One line for the user: the file, the line where there is one, what is wrong."""

    def __init__(self, what: str, path: Path | None = None, line: int | None = None):
        where = "" if path is None else f"{path}: " if line is None else f"{path}, line {line}: "
        super().__init__(where + what)


@dataclass(frozen=True)
class Shape:
    """What one pass over the bytes of a CSV file counted.

    lines: lines ended by \\n, \\r\\n or \\r, and a last one without an end. commas: all of them.
    quotes: a double quote occurs. even: all lines end with \\n, or all with \\r\\n.
    """

    lines: int
    commas: int
    quotes: bool
    even: bool

    def is_plain(self, width: int) -> bool:
        """Whether the file can be a plain table of `width` cells a line, judged by its counts."""
        whole = self.commas == self.lines * (width - 1)
        return whole and self.even and not self.quotes


def progress(table: str) -> Say:
    """A function that reports on the error stream, at most every PROGRESS_SECONDS."""
    last = time.monotonic()

    def say(text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            print(f"  {table}: {text}", file=sys.stderr, flush=True)
            last = time.monotonic()

    return say


def find_files(folder: Path, tables: list[str]) -> dict[str, Path | None]:
    """The file of each table, None where there is none.

    Errors: no such folder, two files for one table, no file for orders.
    """
    if not folder.is_dir():
        raise LoadError("no such folder", folder)
    files: dict[str, Path | None] = {}
    for table in tables:
        found = [path for path in (folder / (table + end) for end in SUFFIXES) if path.exists()]
        if len(found) > 1:
            names = " and ".join(path.name for path in found)
            raise LoadError(f"two files for table {table}: {names}; keep one", folder)
        files[table] = found[0] if found else None
    if files["orders"] is None:
        names = ", ".join("orders" + end for end in SUFFIXES)
        raise LoadError(f"no orders file; looked for {names}", folder)
    return files


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, unpacked where the name ends in .gz."""
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def open_text(path: Path) -> io.TextIOWrapper:
    """The file's text without BOM, line ends as they are."""
    return io.TextIOWrapper(open_bytes(path), encoding="utf-8-sig", newline="")


def chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes in pieces that part no \\r\\n, and an empty piece at the end."""
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk + file.read(1) if chunk.endswith(b"\r") else chunk
    yield b""


def line_ends(data: bytes) -> int:
    """How many lines end in `data`: by \\n, \\r\\n or \\r alone."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def scan(path: Path, say: Say) -> Shape:
    """Count what the whole file is made of, in one pass.

    Errors: text that is not UTF-8 and NUL bytes, with their line; a damaged gzip file.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    ends = size = commas = feeds = returns = pairs = 0
    quotes, last = False, b"\n"
    for chunk in chunks(path):
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line = ends + line_ends(error.object[: error.start]) + 1
            byte = error.object[error.start]
            raise LoadError(
                f"not UTF-8 (byte 0x{byte:02X}); save it as UTF-8", path, line
            ) from None
        if (nul := chunk.find(b"\0")) >= 0:
            raise LoadError("a NUL byte", path, ends + line_ends(chunk[:nul]) + 1)
        commas += chunk.count(b",")
        feeds += chunk.count(b"\n")
        returns += chunk.count(b"\r")
        pairs += chunk.count(b"\r\n")
        quotes = quotes or b'"' in chunk
        ends = feeds + returns - pairs
        size += len(chunk)
        last = chunk[-1:] or last
        say(f"checked {size / 1e6:,.0f} MB, {ends:,} lines")
    lines = ends + (last not in b"\r\n")
    return Shape(lines, commas, quotes, even=returns == pairs and pairs in (0, feeds))


def fault(path: Path, width: int) -> LoadError:
    """The first thing wrong with the form of a CSV file of `width` columns, with its line."""
    with open_text(path) as file:
        reader = csv.reader(file, strict=True)
        first = 1
        try:
            for record in reader:
                if len(record) > width:
                    what = f"{len(record)} cells, but the header has {width} columns"
                    return LoadError(what, path, first)
                first = reader.line_num + 1
        except csv.Error as error:
            if "unexpected end" not in str(error):
                what = "text between a closing quote and the comma"
                return LoadError(what, path, reader.line_num)
    with open_text(path) as file:
        text = "".join(itertools.islice(file, first - 1, None))
    start = 0
    while start < len(text) and (cell := CELL.match(text, start)):
        start = cell.end() + 1
    line = first + line_ends(text[:start].encode())
    return LoadError("a quote that opens here is never closed", path, line)


def header(path: Path) -> list[str]:
    """The column names of a CSV file, as written. Errors: an empty file, an empty first line."""
    with open_text(path) as file:
        reader = csv.reader(file, strict=True)
        try:
            names = next(reader, None)
        except csv.Error:
            raise fault(path, sys.maxsize) from None
    if names is None:
        raise LoadError("the file is empty: no header", path)
    if not names:
        raise LoadError("empty line where the header should be", path, 1)
    return names


def check_names(path: Path, names: list[str], columns: list[Column]) -> None:
    """Refuse names that cannot be told apart, no name, and a missing required column."""
    found = ", ".join(literal(name) for name in names)
    folded = [fold(name) for name in names]
    for place, name in enumerate(folded):
        if not name:
            raise LoadError(f"column {place + 1} of the header has no name; found: {found}", path)
        if name in folded[:place]:
            raise LoadError(f"column {literal(name)} is named twice; found: {found}", path)
    for column in columns:
        if column.required and column.name not in folded:
            raise LoadError(f"required column '{column.name}' is missing; found: {found}", path)


def batches(path: Path, width: int, say: Say) -> Iterator[list[list[str]]]:
    """The records of a CSV file, header included, each filled with empty cells to `width`.

    A line without a character is no record, but an empty cell where there is one column only.
    Errors: a record with more cells, an open quote, text after a closing quote.
    """
    with open_text(path) as file:
        reader = csv.reader(file, strict=True)
        try:
            while batch := list(itertools.islice(reader, BATCH_RECORDS)):
                if {len(record) for record in batch} != {width}:
                    if max(map(len, batch)) > width:
                        raise fault(path, width)
                    kept = (record for record in batch if record or width == 1)
                    batch = [record + [""] * (width - len(record)) for record in kept]
                yield batch
                say(f"rewrote {reader.line_num:,} lines")
        except csv.Error:
            raise fault(path, width) from None


def rewrite(path: Path, copy: Path, width: int, say: Say) -> int:
    """Write a CSV file anew with each line full and each cell quoted, and return its records."""
    count = 0
    with copy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for batch in batches(path, width, say):
            count += len(batch)
            text = '"' + '"\n"'.join(map('","'.join, batch)) + '"\n'
            if text.count('"') == 2 * width * len(batch):
                file.write(text)  # no quote inside a cell: what the writer would write, but faster
            else:
                writer.writerows(batch)
    return count


def execute(con: duckdb.DuckDBPyConnection, sql: str, say: Say, done: str) -> int | None:
    """Run a long statement, reporting progress; returns how many rows it says it wrote."""
    with ThreadPoolExecutor(1) as worker:
        job = worker.submit(con.execute, sql)
        try:
            while not wait([job], timeout=PROGRESS_SECONDS).done:
                say(f"{done} {max(con.query_progress(), 0):.0f} %")
        except BaseException:
            con.interrupt()
            raise
    row = job.result().fetchone()
    return row[0] if row else None


def create_table(con: duckdb.DuckDBPyConnection, target: str, query: str, say: Say) -> int:
    """Create or replace `target` from `query` and return its rows, reporting progress."""
    return execute(con, f"create or replace table {target} as {query}", say, "loaded")


def csv_query(path: Path, names: list[str], dialect: str) -> str:
    """The query that reads a CSV file by DuckDB, every cell as text, nothing guessed."""
    columns = ", ".join(f"{literal(name)}: 'varchar'" for name in names)
    return f"""
        select * from read_csv(
            {literal(glob.escape(str(path)))}, columns = {{{columns}}}, header = true,
            auto_detect = false, delim = ',', comment = '', max_line_size = {MAX_LINE_BYTES},
            compression = '{"gzip" if path.suffix == ".gz" else "none"}', encoding = 'utf-8',
            hive_partitioning = false, filename = false, null_padding = false, {dialect}
        )"""


@contextmanager
def loading_folder(con: duckdb.DuckDBPyConnection) -> Iterator[Path]:
    """A folder beside the database for a copy of a file, for it holds ids. What a killed load left
    there goes first: nobody else can have the database open."""
    database = con.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchone()[0]
    folder = Path(f"{database}.loading")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def load_csv(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    target: str,
    columns: list[Column],
    say: Say,
    emptied: Emptied = lambda names, query: query,
) -> int:
    """Load a CSV file as text and return its rows.

    A file without quotes whose commas are lines x (columns - 1) goes to DuckDB as it is. If DuckDB
    then reads as many rows as there are lines below the header, each line had a comma for each
    column but the first at least, so by the sum no line has more: the table is exact. Any other
    file (quotes, short or empty lines, mixed line ends) is first rewritten with every cell quoted
    and every line full, by the csv module, which also finds what is wrong and where.
    """
    shape = scan(path, say)
    names = header(path)
    check_names(path, names, columns)
    if shape.is_plain(len(names)):
        dialect = "quote = '', escape = '', ignore_errors = true"
        rows = create_table(con, target, emptied(names, csv_query(path, names, dialect)), say)
        if rows == shape.lines - 1:
            return rows
    with loading_folder(con) as folder:
        copy = folder / "rewritten.csv"
        count = rewrite(path, copy, len(names), say)
        parallel = "true" if count == shape.lines else "false"  # true: no cell holds a line end
        dialect = f"""quote = '"', escape = '"', parallel = {parallel}"""
        rows = create_table(con, target, emptied(names, csv_query(copy, names, dialect)), say)
    if rows != count - 1:
        raise LoadError(f"DuckDB read {rows:,} of {count - 1:,} rows", path)
    return rows


def load_parquet(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    target: str,
    columns: list[Column],
    say: Say,
    emptied: Emptied = lambda names, query: query,
) -> int:
    """Load a Parquet file with its own types and return its rows."""
    file = literal(glob.escape(str(path)))
    query = f"select name, coalesce(num_children, 0) from parquet_schema({file})"
    (_, *nodes) = con.execute(query).fetchall()
    names, inner = [], 0
    for name, children in nodes:
        if not inner:
            names.append(name)
        inner += children - (inner > 0)
    check_names(path, names, columns)
    options = "hive_partitioning = false, filename = false"
    query = f"select * from read_parquet({file}, {options})"
    ids = {column.name for column in columns if column.type == "id"}
    for name, kind, *_ in con.execute(f"describe {query}").fetchall():
        if fold(name) in ids and kind in ("FLOAT", "DOUBLE"):
            raise LoadError(
                f"column {name} is {kind}, so that id 7 would read 7.0: write whole numbers or text"
                " (pandas: astype('Int64'))",
                path,
            )
    return create_table(con, target, emptied(names, query), say)


def check_origin(con: duckdb.DuckDBPyConnection, folder: Path, database: str, schema: str) -> None:
    """Refuse a database whose raw tables came from elsewhere than `folder`. Errors: LoadError."""
    found = con.execute(
        "select comment from duckdb_tables() where database_name = current_database()"
        " and schema_name = ? and table_name = 'orders'",
        [schema],
    ).fetchone()
    if found and found[0] != LOADED_FROM.format(folder.resolve()):
        origin = (found[0] or "").removeprefix(LOADED_FROM.format("")) or "another tool"
        what = (
            f"its raw tables came from {origin}; name the folder to load, RAW=<folder>"
            f" (for the demo in their place: RAW={folder})"
        )
        raise LoadError(what, Path(database))


def load(folder: Path, database: str, schema: str, keep_others: bool = False) -> None:
    """Load every table of the contract from `folder` into `schema` of the DuckDB file `database`.

    With `keep_others` raw tables from elsewhere than `folder` are not replaced. Prints a line for
    each table: rows, columns, file, seconds. Errors: LoadError; the database then holds what it
    held before.
    """
    tables = contract()
    files = find_files(folder, list(tables))
    known = {path for path in files.values() if path}
    check_name(database, schema)
    con = connect(database)
    try:
        if keep_others:
            check_origin(con, folder, database, schema)
        con.execute("begin")
        con.execute(f"create schema if not exists {identifier(schema)}")
        is_blocking = _block_list.is_in_force(con, schema)
        # Identities come before events: which visitors are an erased member's is read from them.
        for name in sorted(tables, key=lambda name: name == "events"):
            emptied: Emptied = lambda names, query: query  # noqa: E731
            if is_blocking:
                emptied = partial(_block_list.emptied, con, schema, name)
            target = f"{identifier(schema)}.{name}"
            load_table(con, files[name], target, name, tables[name].columns, emptied)
        origin = literal(LOADED_FROM.format(folder.resolve()))
        con.execute(f"comment on table {identifier(schema)}.orders is {origin}")
        if is_blocking:
            _block_list.add_requests(con, schema)
        con.execute("commit")
    except _block_list.BlockListError as error:
        raise LoadError(str(error), Path(database)) from None
    except duckdb.Error as error:
        raise LoadError(f"the load failed ({reason(error)})", Path(database)) from None
    finally:
        con.close()
    for path in sorted(folder.iterdir()):
        if path.name.endswith(SUFFIXES) and path not in known:
            print(f"  ignored: {path.name} (the contract has no such table)")


def load_table(
    con, path: Path | None, target: str, table: str, columns: list[Column], emptied: Emptied
) -> None:
    """Load one table, or create it empty with the contract's columns, and print its line."""
    started = time.monotonic()
    if path is None:
        names = ", ".join(f"{column.name} varchar" for column in columns)
        con.execute(f"create or replace table {target} ({names})")
        print(f"  {table:<16} {0:>12,} rows  no file: loaded as an empty table", flush=True)
        return
    read = load_parquet if path.suffix == ".parquet" else load_csv
    try:
        rows = read(con, path, target, columns, progress(table), emptied)
    except (OSError, EOFError, zlib.error, duckdb.Error) as error:
        raise LoadError(f"cannot be loaded ({reason(error)})", path) from None
    found = [name for name, *_ in con.execute(f"describe {target}").fetchall()]
    seconds = f"{time.monotonic() - started:.1f} s"
    width = len(found)
    print(f"  {table:<16} {rows:>12,} rows {width:>3} columns  {path.name}  {seconds}", flush=True)
    say_misspelt(found, [column.name for column in columns])


def say_misspelt(found: list[str], named: list[str]) -> None:
    """Print what a file has beside the contract where it lacks something: perhaps misspelt."""
    further = [name for name in found if fold(name) not in map(fold, named)]
    lacking = [name for name in named if fold(name) not in map(fold, found)]
    if further and lacking:
        print(f"    not in the contract: {', '.join(further)}")
        print(f"    not in the file, read as empty: {', '.join(lacking)}", flush=True)


def reason(error: Exception) -> str:
    """An error in one line."""
    if "Maximum line size" in str(error):
        return f"a line is longer than {MAX_LINE_BYTES >> 20} MB"
    return getattr(error, "strerror", None) or str(error).partition("\n")[0]


def check_name(database: str, schema: str) -> None:
    """Refuses a file whose name DuckDB would take for a catalogue of its own or the raw schema."""
    if fold(Path(database).stem) in {*CATALOGUES, fold(schema)}:
        raise LoadError("is a name of DuckDB or of the raw schema; take another", Path(database))


def connect(database: str) -> duckdb.DuckDBPyConnection:
    """Open the warehouse for writing, creating its folder. Errors: in use, not a database."""
    try:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
        con = duckdb.connect(database)
        con.execute("set enable_progress_bar = true; set enable_progress_bar_print = false")
        return con
    except (duckdb.Error, OSError) as error:
        if "Could not set lock" in str(error):
            what = "in use by another process; close it, or wait for its build, and load again"
            raise LoadError(what, Path(database)) from None
        raise LoadError(f"cannot be opened ({reason(error)})", Path(database)) from None


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder with the raw files")
    default = os.environ.get("MEMBER_LOYALTY_DB") or "warehouse.duckdb"
    parser.add_argument("--db", default=default, help=f"DuckDB file (default {default})")
    parser.add_argument("--schema", default="raw", help="raw schema (default raw)")
    kept = "leave raw tables that came from elsewhere than DIR, and fail"
    parser.add_argument("--keep-others", action="store_true", help=kept)
    options = parser.parse_args(arguments)
    csv.field_size_limit(2**31 - 1)
    print(f"Loading {options.folder} into {options.db}, schema {options.schema}:", flush=True)
    try:
        load(options.folder, options.db, options.schema, options.keep_others)
    except LoadError as error:
        print(f"load_raw: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
