"""scripts/load_raw.py: what it loads is what the file says, and what it refuses it names.

Python's csv module in strict mode is the oracle for CSV. Most tests load a whole folder through the
command line's `main`; the random ones call `load_csv` on a database in memory.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import subprocess
import sys
from pathlib import Path

import duckdb
import polars
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

PROJECT = Path(__file__).resolve().parents[2]
SCRIPT = PROJECT / "scripts" / "load_raw.py"
sys.path.insert(0, str(SCRIPT.parent))

import load_raw  # noqa: E402
from _contract import contract  # noqa: E402

HEADER = b"order_id,ordered_at,gross_amount"
GOOD = HEADER + b"\n1,2024-01-01,5\n"


class Folder:
    """A raw folder and a database to load it into."""

    def __init__(self, path: Path) -> None:
        self.path = path / "raw"
        self.path.mkdir()
        self.db = str(path / "warehouse.duckdb")

    def put(self, name: str, data: bytes) -> Path:
        """Writes a file of the folder."""
        (self.path / name).write_bytes(data)
        return self.path / name

    def load(self, *options: str) -> int:
        """Loads the folder and returns the exit code."""
        return load_raw.main([str(self.path), "--db", self.db, *options])

    def query(self, sql: str) -> list[tuple]:
        """Rows of a query on the database."""
        with duckdb.connect(self.db) as con:
            return con.execute(sql).fetchall()

    def table(self, name: str, schema: str = "raw") -> tuple[list[tuple], list[tuple]]:
        """Names with types, and rows, of a raw table."""
        with duckdb.connect(self.db) as con:
            rows = con.execute(f'select * from "{schema}"."{name}"').fetchall()
            described = con.execute(f'describe "{schema}"."{name}"').fetchall()
            return [column[:2] for column in described], rows


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Folder:
    """An empty raw folder. No progress is said, however slow the machine."""
    monkeypatch.setattr(load_raw, "PROGRESS_SECONDS", 600)
    return Folder(tmp_path)


def cells(text: bytes) -> list[tuple]:
    """The records below the header as Python's csv module reads them, in the loader's form.

    Empty cells are None, short records are filled, records without a cell are left out.
    """
    header, *records = csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True)
    width = len(header)
    kept = [record for record in records if record or width == 1]
    return [
        tuple(cell or None for cell in record + [""] * (width - len(record))) for record in kept
    ]


# What it refuses.

ERRORS = {
    "no orders": ("members.csv", b"member_id\n1\n", "no orders file; looked for orders.csv, "),
    "empty": ("orders.csv", b"", "orders.csv: the file is empty: no header"),
    "byte order mark only": ("orders.csv", b"\xef\xbb\xbf", "orders.csv: the file is empty"),
    "blank first line": ("orders.csv", b"\n" + GOOD, "orders.csv, line 1: empty line where"),
    "not gzip": ("orders.csv.gz", GOOD, "orders.csv.gz: cannot be loaded (Not a gzipped file"),
    "cut gzip": (
        "orders.csv.gz",
        gzip.compress(GOOD)[:-9],
        "orders.csv.gz: cannot be loaded (Compre",
    ),
    "gzip checksum": (
        "orders.csv.gz",
        gzip.compress(GOOD)[:-8] + b"\0" * 8,
        "orders.csv.gz: cannot be loaded (CRC check failed",
    ),
    "not Parquet": ("orders.parquet", GOOD * 9, "orders.parquet: cannot be loaded (Invalid Input"),
    "missing required": (
        "orders.csv",
        b"order_id,ordered_on,gross_amount\n",
        "orders.csv: required column 'ordered_at' is missing; found: "
        "'order_id', 'ordered_on', 'gross_amount'",
    ),
    "blank in a name": (
        "orders.csv",
        b"order_id, ordered_at,gross_amount\n",
        "required column 'ordered_at' is missing; found: 'order_id', ' ordered_at'",
    ),
    "semicolons": (
        "orders.csv",
        b"order_id;ordered_at;gross_amount\n",
        "required column 'order_id' is missing; found: 'order_id;ordered_at;gross_amount'",
    ),
    "named twice": ("orders.csv", HEADER + b",status,status\n", "column 'status' is named twice"),
    "named twice, other case": (
        "orders.csv",
        HEADER + b",Order_ID\n",
        "column 'order_id' is named twice; found: 'order_id', 'ordered_at', 'gross_amount', 'Ord",
    ),
    "no name": ("orders.csv", HEADER + b",\n", "column 4 of the header has no name"),
    "long line": ("orders.csv", GOOD + b"2,b,3,4\n", "orders.csv, line 3: 4 cells, but the header"),
    "long by a comma": ("orders.csv", GOOD + b"2,b,3,\n", "orders.csv, line 3: 4 cells, but"),
    "long and short": ("orders.csv", GOOD + b"2\n2,b,3,,\n", "orders.csv, line 4: 5 cells, but"),
    "long, after line ends in a cell": (
        "orders.csv",
        HEADER + b'\n1,"a\n\nb",3\n2,"c\nd",3,4\n',
        "orders.csv, line 5: 4 cells, but the header has 3 columns",
    ),
    "Windows-1252": (
        "orders.csv",
        GOOD + "2,café,1\n".encode("cp1252"),
        "orders.csv, line 3: not UTF-8 (byte 0xE9); save it as UTF-8",
    ),
    "Windows-1252, packed": (
        "orders.csv.gz",
        gzip.compress(GOOD + b"\r\n2,\x80,1"),
        "orders.csv.gz, line 4: not UTF-8 (byte 0x80)",
    ),
    "Windows-1252 header": ("orders.csv", b"order_id,\xe9\n", "orders.csv, line 1: not UTF-8"),
    "UTF-16": ("orders.csv", GOOD.decode().encode("utf-16"), "orders.csv, line 1: not UTF-8"),
    "half a letter at the end": (
        "orders.csv",
        GOOD + b"2,\xe2\x82",
        "orders.csv, line 3: not UTF-8",
    ),
    "NUL": ("orders.csv", GOOD + b"2,\0,1\n", "orders.csv, line 3: a NUL byte"),
    "open quote": (
        "orders.csv",
        GOOD + b'2,"b,3\n4,5,6\n',
        "orders.csv, line 3: a quote that opens here is never closed",
    ),
    "open quote in a later line of the record": (
        "orders.csv",
        GOOD + b'"a\n""b",2,"c\n4,5,6\n',
        "orders.csv, line 4: a quote that opens here is never closed",
    ),
    "open quote, last byte": ("orders.csv", GOOD + b'"', "orders.csv, line 3: a quote that opens"),
    "open quote in the header": (
        "orders.csv",
        b'order_id,"ordered_at\n1,2\n',
        "orders.csv, line 1: a quote that opens here is never closed",
    ),
    "text after a quote": (
        "orders.csv",
        GOOD + b'2,"a" b,3\n',
        "orders.csv, line 3: text between a closing quote and the comma",
    ),
    "line too long": (
        "orders.csv",
        GOOD + b"x" * (load_raw.MAX_LINE_BYTES + 10) + b",2,3\n",
        "orders.csv: cannot be loaded (a line is longer than 16 MB)",
    ),
    "line too long, quoted": (
        "orders.csv",
        GOOD + b'"' + b"x" * (load_raw.MAX_LINE_BYTES + 10) + b'",2,3\n',
        "orders.csv: cannot be loaded (a line is longer than 16 MB)",
    ),
}


@pytest.mark.parametrize(("name", "data", "message"), ERRORS.values(), ids=ERRORS)
def test_refuses_in_one_clear_line(folder: Folder, capsys, name: str, data: bytes, message: str):
    """Each fault ends the load with exit code 2 and one line that names file, line and fault."""
    folder.put(name, data)
    assert folder.load() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("load_raw: ")
    assert message in line


def test_refuses_a_missing_folder(tmp_path: Path, capsys):
    """A folder that is not there is named."""
    assert load_raw.main([str(tmp_path / "none"), "--db", str(tmp_path / "w.duckdb")]) == 2
    assert capsys.readouterr().err == f"load_raw: {tmp_path / 'none'}: no such folder\n"


def test_refuses_two_files_for_one_table(folder: Folder, capsys):
    """Which of two files is meant cannot be known."""
    folder.put("orders.csv", GOOD)
    folder.put("orders.csv.gz", gzip.compress(GOOD))
    assert folder.load() == 2
    assert "two files for table orders: orders.csv and orders.csv.gz" in capsys.readouterr().err


def test_refuses_a_folder_in_place_of_a_file(folder: Folder, capsys):
    """A file that cannot be opened is named with the system's reason."""
    (folder.path / "orders.csv").mkdir()
    assert folder.load() == 2
    assert "orders.csv: cannot be loaded (Is a directory)" in capsys.readouterr().err


def test_refuses_parquet_names_that_fold_to_one(folder: Folder, capsys):
    """Parquet may hold names that DuckDB cannot tell apart; fields of a struct do not count."""
    frame = polars.DataFrame(
        {"order_id": ["1"], "ordered_at": ["x"], "gross_amount": [1], "Order_Id": [{"order_id": 1}]}
    )
    frame.write_parquet(folder.path / "orders.parquet")
    assert folder.load() == 2
    assert "orders.parquet: column 'order_id' is named twice" in capsys.readouterr().err
    frame.rename({"Order_Id": "extra"}).write_parquet(folder.path / "orders.parquet")
    assert folder.load() == 0


def test_refuses_parquet_without_a_required_column(folder: Folder, capsys):
    """The check of the header holds for Parquet too."""
    polars.DataFrame({"order_id": ["1"]}).write_parquet(folder.path / "orders.parquet")
    assert folder.load() == 2
    assert "required column 'ordered_at' is missing; found: 'order_id'" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["FLOAT", "DOUBLE"])
def test_refuses_ids_that_are_no_whole_numbers(folder: Folder, capsys, kind):
    """A column of ids with a null in it becomes one of fractions in pandas, and 7 would be 7.0."""
    with duckdb.connect() as con:
        con.execute(f"""
            copy (
                select '1' as order_id, '2024-01-01' as ordered_at, 5.5::{kind} as gross_amount,
                    7::{kind} as "Member_ID"
            ) to '{folder.path / "orders.parquet"}'
        """)
    assert folder.load() == 2
    said = capsys.readouterr().err
    assert f"orders.parquet: column Member_ID is {kind}, so that id 7 would read 7.0" in said


@pytest.mark.parametrize("name", ["raw", "Raw", "temp", "memory", "system", "main"])
def test_refuses_a_name_that_duckdb_takes_for_another(folder: Folder, capsys, name):
    folder.put("orders.csv", GOOD)
    folder.db = str(Path(folder.db).with_name(f"{name}.duckdb"))
    assert folder.load() == 2
    assert f"{name}.duckdb: is a name of DuckDB or of the raw schema" in capsys.readouterr().err
    assert not Path(folder.db).exists()


def test_refuses_a_database_in_use(folder: Folder, capsys):
    """A second writer gets one clear line, and nothing changes."""
    folder.put("orders.csv", GOOD)
    assert folder.load() == 0
    hold = (
        "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    )
    command = [sys.executable, "-c", hold, folder.db]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        folder.put("orders.csv", GOOD + b"2,b,3\n")
        capsys.readouterr()
        assert folder.load() == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"load_raw: {folder.db}: in use by another process")
        holder.communicate(b"\n")
    assert len(folder.table("orders")[1]) == 1
    assert folder.load() == 0
    assert len(folder.table("orders")[1]) == 2


def test_refuses_a_file_that_is_no_database(folder: Folder, capsys):
    """A database path that holds something else is named."""
    folder.put("orders.csv", GOOD)
    Path(folder.db).write_bytes(b"something else, and long enough to be looked at" * 100)
    assert folder.load() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"load_raw: {folder.db}: cannot be opened (")


# What it loads.

HOSTILE = {
    "quoted line ends": b'\n1,"a\nb",3\n2,"c\r\nd","e\rf"\n',
    "doubled quotes": b'\n1,"a ""b"" c",""""\n',
    "byte order mark": None,
    "carriage return, line feed": b"\r\n1,2,3\r\n4,5,6\r\n",
    "carriage return alone": b"\r1,2,3\r4,5,6\r",
    "mixed line ends": b"\n1,2,3\r\n4,5,6\r7,8,9\n",
    "no line end at the end": b"\n1,2,3",
    "short lines": b"\n1\n1,2\n\n,\n   \n1,2,3\n",
    "empty lines": b"\n\n1,2,3\n\n\n4,5,6\n\n",
    "header only": b"\n",
    "header without end": b"",
    "blanks are kept": b"\n 1 ,  2,\t3\t\n",
    "blank before a quote": b'\n 1, "2",3\n',
    "blank inside quotes": b'\n" 1 ","  ",3\n',
    "inch": b'\n5" nail,2,3\n',
    "quotes of no concern": b"\n'1','2,`3`\n",
    "backslashes": b'\n\\N,a\\,"b\\"\n',
    "words for null": b"\nNULL,null,NaN\n",
    "comment signs": b"\n#1,--2,//3\n",
    "other separators": b"\n1;2,3|4,5\t6\n",
    "empty and quoted empty": b'\n,"",""\n',
    "numbers as written": b"\n007,1e3,+1.50\n",
    "unicode": "\nä,日本,\u2028\x85\u00a0\ufeff🎈\n".encode(),
    "control characters": b"\n\x01\x0b\x0c,\x1a\x1b,\x1c\x1d\x1e\x1f\x7f\n",
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_loads_what_the_file_says(folder: Folder, body: bytes | None, packed: bool):
    """Every cell arrives as Python's csv module reads it, in the order of the file."""
    data = HEADER + body if body is not None else b"\xef\xbb\xbf" + GOOD
    if packed:
        folder.put("orders.csv.gz", gzip.compress(data))
    else:
        folder.put("orders.csv", data)
    assert folder.load() == 0
    columns, rows = folder.table("orders")
    assert columns == [(name, "VARCHAR") for name in HEADER.decode().split(",")]
    assert rows == cells(data)


def test_a_plain_file_is_not_rewritten(folder: Folder, monkeypatch):
    """The usual export goes to DuckDB as it is: that is what makes ten million rows quick."""
    monkeypatch.setattr(load_raw, "rewrite", None)
    for data in (GOOD, GOOD.replace(b"\n", b"\r\n"), GOOD.rstrip(), b"\xef\xbb\xbf" + GOOD):
        folder.put("orders.csv", data)
        assert folder.load() == 0
        assert folder.table("orders")[1] == cells(data)


def test_an_empty_line_in_a_file_of_one_column_is_a_row(folder: Folder):
    """There a line without a character is the line of an empty cell."""
    folder.put("orders.csv", GOOD)
    folder.put("erasures.csv", b'member_id\nm1\n\n""\n"m\n2"\n')
    assert folder.load() == 0
    assert folder.table("erasures")[1] == [("m1",), (None,), (None,), ("m\n2",)]


def test_columns_stay_as_in_the_file(folder: Folder):
    """Order, case and extra columns are kept, and a missing optional column is not added."""
    folder.put("orders.csv", b'Gross_Amount,"no, ""te""",ORDER_ID,ordered_at\n1,2,3,4\n')
    assert folder.load() == 0
    columns, rows = folder.table("orders")
    assert [name for name, _ in columns] == ["Gross_Amount", 'no, "te"', "ORDER_ID", "ordered_at"]
    assert rows == [("1", "2", "3", "4")]
    assert folder.query("select order_id, gross_amount from raw.orders") == [("3", "1")]


def test_columns_that_may_be_misspelt_are_said(folder: Folder, capsys):
    """Only where a column is missing and another is there: either alone is as it should be."""
    folder.put("orders.csv", HEADER + b",Order_State\n1,2024-01-01,5,x\n")
    consents = [column.name for column in contract()["consents"].columns]
    folder.put("consents.csv", ",".join([*consents, "more"]).encode() + b"\n")
    folder.put("members.csv", b"member_id\nm1\n")
    assert folder.load() == 0
    said = capsys.readouterr().out.splitlines()
    place = said.index("    not in the contract: Order_State")
    assert said[place - 1].startswith("  orders ")
    assert said[place + 1].startswith("    not in the file, read as empty: ")
    lacking = said[place + 1].split(": ")[1].split(", ")
    assert "status" in lacking and "order_id" not in lacking
    assert sum(line.startswith("    not in") for line in said) == 2


def test_only_ascii_letters_fold(folder: Folder):
    """DuckDB tells É from é, and so does the check for names used twice."""
    folder.put("orders.csv", HEADER + ",É,é\n1,2,3,4,5\n".encode())
    assert folder.load() == 0
    assert folder.table("orders")[1] == [("1", "2", "3", "4", "5")]


def test_parquet_keeps_its_types(folder: Folder):
    """Native types arrive as they are; staging reads them by the same rules."""
    with duckdb.connect() as con:
        con.execute(f"""
            copy (
                select 1::bigint as order_id, timestamp '2024-01-01 10:00' as ordered_at,
                    1.50::decimal(18, 2) as gross_amount, null::varchar as status, [1] as extra
            ) to '{folder.path / "orders.parquet"}'
        """)
    assert folder.load() == 0
    columns, rows = folder.table("orders")
    types = ["BIGINT", "TIMESTAMP", "DECIMAL(18,2)", "VARCHAR", "INTEGER[]"]
    assert [kind for _, kind in columns] == types
    assert [str(cell) for cell in rows[0]] == ["1", "2024-01-01 10:00:00", "1.50", "None", "[1]"]


def test_missing_optional_tables_are_empty(folder: Folder, capsys):
    """They get the contract's columns as text, and the loader says which they are."""
    folder.put("orders.csv", GOOD)
    folder.put("order.csv", GOOD)
    assert folder.load() == 0
    said = capsys.readouterr().out
    assert "ignored: order.csv" in said
    for name, table in contract().items():
        if name != "orders":
            expected = [(column.name, "VARCHAR") for column in table.columns]
            assert folder.table(name) == (expected, [])
            line = next(line for line in said.splitlines() if line.split()[:1] == [name])
            assert "no file: loaded as an empty table" in line


def test_names_with_odd_letters(tmp_path: Path):
    """Folder, database and schema may hold quotes and the letters of file patterns."""
    home = tmp_path / "a [b]* 'c' \"d\""
    home.mkdir()
    folder = Folder(home)
    folder.put("orders.csv", GOOD)
    folder.put("members.csv.gz", gzip.compress(b'member_id\n"m,1"\n'))
    polars.DataFrame({"visitor_id": ["v"], "member_id": ["m"]}).write_parquet(
        folder.path / "identities.parquet"
    )
    assert folder.load("--schema", 'ra"w x') == 0
    assert folder.table("orders", 'ra""w x')[1] == [("1", "2024-01-01", "5")]
    assert folder.table("members", 'ra""w x')[1] == [("m,1",)]
    assert folder.table("identities", 'ra""w x')[1] == [("v", "m")]


def test_a_folder_name_is_no_pattern(folder: Folder):
    """Of folders named `what?` and `whats` only the one asked for is read."""
    for name in ("whats", "what?"):
        folder.path = folder.path.parent / name
        folder.path.mkdir()
        folder.put("orders.csv", GOOD.replace(b"5", name.encode()))
        polars.DataFrame({"member_id": [name]}).write_parquet(folder.path / "members.parquet")
    assert folder.load() == 0
    assert folder.table("orders")[1] == [("1", "2024-01-01", "what?")]
    assert folder.table("members")[1] == [("what?",)]


def test_what_a_killed_load_left_goes(folder: Folder, monkeypatch):
    """The copy of a file with quotes stands beside the database, and never stays."""
    folder.put("orders.csv", HEADER + b'\n"o",2024-01-01,5\n')

    def killed(*_: object) -> None:
        assert [path.name for path in left.iterdir()] == ["rewritten.csv"]
        raise SystemExit

    left = Path(f"{folder.db}.loading")
    with monkeypatch.context() as broken, pytest.raises(SystemExit):
        broken.setattr(load_raw.shutil, "rmtree", lambda *_, **__: None)
        broken.setattr(load_raw, "csv_query", killed)
        folder.load()
    assert left.exists()
    assert folder.load() == 0 and folder.table("orders")[1] == [("o", "2024-01-01", "5")]
    assert not left.exists()


def test_database_from_the_environment(folder: Folder, tmp_path: Path):
    """Without --db the loader uses MEMBER_LOYALTY_DB, and makes the folder of the database."""
    folder.put("orders.csv", GOOD)
    folder.db = str(tmp_path / "new" / "folder" / "x.duckdb")
    command = [sys.executable, str(SCRIPT), str(folder.path)]
    done = subprocess.run(command, env={"MEMBER_LOYALTY_DB": folder.db}, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert folder.table("orders")[1] == [("1", "2024-01-01", "5")]


def test_progress_is_said(folder: Folder, capsys, monkeypatch):
    """Reading, rewriting and loading report on the error stream."""
    monkeypatch.setattr(load_raw, "PROGRESS_SECONDS", 0)
    folder.put("orders.csv", HEADER + b'\n"1",2,3' * 50_000)
    assert folder.load() == 0
    said = capsys.readouterr().err
    assert "  orders: checked 0 MB, 50,000 lines\n" in said
    assert "  orders: rewrote 5,000 lines\n" in said
    assert "  orders: loaded " in said


# All or nothing.


def test_a_failed_load_changes_nothing(folder: Folder, capsys):
    """A fault in the last table leaves all tables as the load before left them."""
    folder.put("orders.csv", GOOD)
    folder.put("members.csv", b"member_id\nm1\n")
    assert folder.load() == 0
    before = {name: folder.table(name) for name in contract()}
    folder.put("orders.csv", HEADER + b",more\n7,8,9,10\n")
    (folder.path / "members.csv").unlink()
    folder.put("campaign_sends.csv", b'campaign_id,member_id,sent_at\n1,2,"3')
    assert folder.load() == 2
    assert "campaign_sends.csv, line 2: a quote" in capsys.readouterr().err
    assert {name: folder.table(name) for name in contract()} == before


def test_loading_again_changes_nothing_and_replaces_everything(folder: Folder):
    """A load does not add to the one before: the raw schema is what the folder is."""
    folder.put("orders.csv", GOOD)
    folder.put("members.csv", b"member_id\nm1\n")
    assert folder.load() == 0
    first = {name: folder.table(name) for name in contract()}
    assert folder.load() == 0
    assert {name: folder.table(name) for name in contract()} == first
    (folder.path / "members.csv").unlink()
    folder.put("orders.csv", HEADER + b",more\n7,8,9,10\n")
    assert folder.load() == 0
    assert folder.table("members")[1] == []
    assert folder.table("orders")[1] == [("7", "8", "9", "10")]


def test_other_raw_tables_are_kept_where_that_is_asked(folder: Folder, tmp_path: Path, capsys):
    """`make build` without RAW loads the demo: into an empty file or over the demo alone."""
    folder.put("orders.csv", GOOD)
    assert folder.load("--keep-others") == 0
    assert folder.load("--keep-others") == 0
    demo = tmp_path / "demo"
    demo.mkdir()
    (demo / "orders.csv").write_bytes(GOOD + b"2,2024-01-02,7\n")
    before = folder.table("orders")
    capsys.readouterr()
    assert load_raw.main([str(demo), "--db", folder.db, "--keep-others"]) == 2
    error = capsys.readouterr().err
    assert f"its raw tables came from {folder.path}; name the folder" in error
    assert f"RAW={demo}" in error
    assert folder.table("orders") == before
    assert load_raw.main([str(demo), "--db", folder.db, "--keep-others", "--schema", "demo"]) == 0
    assert load_raw.main([str(demo), "--db", folder.db]) == 0
    assert len(folder.table("orders")[1]) == 2
    folder.query("create or replace table raw.orders as select 1 as order_id")
    assert load_raw.main([str(demo), "--db", folder.db, "--keep-others"]) == 2
    assert "its raw tables came from another tool" in capsys.readouterr().err


# Random files.

PIECES = st.sampled_from(
    ["a", "b", ",", '"', '""', "\n", "\r\n", "\r", " ", "é", "🎈", "'", "\\", ";"]
)


class Loader:
    """Loads the text of one CSV file into a database.

    Chunks and batches are so small that their borders fall everywhere.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.con = duckdb.connect(str(folder / "random.duckdb"))

    def rows(self, data: bytes, packed: bool = False) -> list[tuple]:
        """The rows loaded, or LoadError."""
        path = self.folder / ("t.csv.gz" if packed else "t.csv")
        path.write_bytes(gzip.compress(data) if packed else data)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(load_raw, "CHUNK_BYTES", 5)
            patch.setattr(load_raw, "BATCH_RECORDS", 2)
            load_raw.load_csv(self.con, path, "loaded", [], lambda _: None)
        return self.con.execute("select * from loaded").fetchall()


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Loader:
    """A loader for many small files."""
    return Loader(tmp_path_factory.mktemp("random"))


@settings(max_examples=250, deadline=None)
@given(
    width=st.integers(1, 3), body=st.lists(PIECES, max_size=14).map("".join), packed=st.booleans()
)
@example(width=2, body="a\na,b,\n", packed=False)
@example(width=3, body=",,\n\n,,,,\n", packed=False)
@example(width=2, body='"a,b\r\n,"', packed=False)
def test_any_text_is_read_as_csv_reads_it(loader: Loader, width: int, body: str, packed: bool):
    """Whatever follows the header: the same cells as by csv, or a refusal where csv refuses."""
    data = (",".join("xyz"[:width]) + "\n" + body).encode()
    try:
        expected = cells(data)
        if any(len(row) > width for row in expected):
            expected = None
    except csv.Error:
        expected = None
    if expected is None:
        with pytest.raises(load_raw.LoadError, match=r"t\.csv(\.gz)?, line \d+: "):
            loader.rows(data, packed)
    else:
        assert loader.rows(data, packed) == expected


CELLS = st.text(
    st.one_of(st.sampled_from('a,"\n\r \ufeff'), st.characters(codec="utf-8")), max_size=5
)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=7)
)


@settings(max_examples=150, deadline=None)
@given(
    rows=TABLES,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    mark=st.booleans(),
)
def test_any_table_survives_writing_and_loading(
    loader: Loader, rows: list[list[str]], quoting: int, end: str, mark: bool
):
    """A table written by a csv writer comes back as csv reads it; only NUL is refused.

    With every cell quoted that is the table itself. (Python 3.11 leaves a lone \\r unquoted.)
    """
    names = [f"c{place}" for place in range(len(rows[0]) if rows else 2)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting, lineterminator=end)
    writer.writerow(names)
    writer.writerows(rows)
    data = text.getvalue().encode("utf-8-sig" if mark else "utf-8")
    if b"\0" in data:
        with pytest.raises(load_raw.LoadError, match="a NUL byte"):
            loader.rows(data)
    else:
        assert loader.rows(data) == cells(data)
        if quoting == csv.QUOTE_ALL:
            assert cells(data) == [tuple(cell or None for cell in row) for row in rows]


BYTES = st.binary(max_size=6).filter(lambda line: not set(line) & set(b'\n\r,"\0'))
LINES = st.one_of(*(st.just(b"abcd"[:size]) for size in range(5)), st.just("é€".encode()), BYTES)


@settings(max_examples=150, deadline=None)
@given(
    end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    lines=st.lists(LINES, min_size=1, max_size=8),
)
def test_bad_bytes_are_found_on_their_line(loader: Loader, end: bytes, lines: list[bytes]):
    """The line named is the first that does not decode, wherever the chunks part."""
    bad = next((n for n, line in enumerate(lines) if not is_utf8(line)), None)
    data = b"a,b" + end + b"".join(b"1," + line + end for line in lines)
    if bad is None:
        assert len(loader.rows(data)) == len(lines)
    else:
        with pytest.raises(load_raw.LoadError, match=rf"t\.csv, line {bad + 2}: not UTF-8"):
            loader.rows(data)


def is_utf8(data: bytes) -> bool:
    """Whether bytes decode by themselves."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_borders_of_duckdbs_buffers(folder: Folder, monkeypatch):
    """Big files: wherever a buffer of DuckDB's reader ends, no cell is cut or taken for another.

    Reading in parallel is right for plain files and for quoted ones without a line end in a cell.
    Where cells hold line ends DuckDB may lose its place, so that the loader must not ask for it.
    """
    choose = random.Random(5)
    pieces = ["a", '"', '","', "\n", '"\n"', '\n"a","b","c"\n', ",", '""', "\r\n", " ", "x" * 30]
    csv_query = load_raw.csv_query

    def small_buffers(*arguments) -> str:
        query = csv_query(*arguments)
        assert "null_padding = false" in query
        return query.replace("null_padding = false", "null_padding = false, buffer_size = 20000")

    monkeypatch.setattr(load_raw, "csv_query", small_buffers)
    monkeypatch.setattr(load_raw, "MAX_LINE_BYTES", 3_000)
    kinds = {
        "plain": [piece for piece in pieces if not set(piece) & set('",\r\n')],
        "quoted": [piece for piece in pieces if not set(piece) & set("\r\n")],
        "with line ends": pieces,
    }
    for kind, parts in kinds.items():
        rows = [
            ["".join(choose.choice(parts) for _ in range(choose.randrange(8))) for _ in range(3)]
            for _ in range(20_000)
        ]
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL if kind != "plain" else csv.QUOTE_MINIMAL)
        writer.writerow(HEADER.decode().split(","))
        writer.writerows(rows)
        folder.put("orders.csv", text.getvalue().encode())
        assert folder.load() == 0, kind
        expected = [tuple(cell or None for cell in row) for row in rows]
        assert folder.table("orders")[1] == expected, kind
