"""After `make erase` nobody finds the member again: no table, no file, no later load."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import polars
import pytest
from conftest import PROJECT, raw_contract
from worlds import VAR_SETS, random_world

sys.path.insert(0, str(PROJECT / "scripts"))
import _block_list  # noqa: E402
import erase  # noqa: E402
import export_audience  # noqa: E402
import load_raw  # noqa: E402
import publish  # noqa: E402

KEY, EXPORT_KEY = "the secret of erasures", "the secret of exports"
HOSTILE = "zq'x\"; --,\n名字 é😀"
ORDERS = ("order_id", "member_id", "ordered_at", "gross_amount")
AUDIENCE = "development_past_60_days"
UNLIKE = {"fct_build_log"}


def shop(member: str) -> dict:
    """Raw tables in which a member has rows of every kind, among others who have theirs."""
    orders = [
        (f"o{day}", f"m{day % 4}", f"2024-0{1 + day % 4}-{day:02}", f"{day}.5")
        for day in range(1, 29)
    ]
    return {
        "orders": (
            (*ORDERS, "name"),
            [(*row, "somebody") for row in orders]
            + [
                ("zqx order", member, "2024-02-05", "70", "zqx name"),
                ("shared", member, "2024-02-06", "7", "zqx name"),
                ("shared", "m1", "2024-02-07", "8", "somebody"),
            ],
        ),
        "order_refunds": (
            ("refund_id", "order_id", "refunded_at", "refund_amount"),
            [
                ("r1", "zqx order", "2024-02-20", "70"),
                ("r2", "shared", "2024-02-21", "2"),
                ("r3", "o5", "2024-03-01", "1"),
            ],
        ),
        "members": (
            ("member_id", "registered_at", "joined_at", "acquisition_channel"),
            [(member, "2024-02-01", "2024-02-10", "web")]
            + [(f"m{i}", "2024-01-01", "2024-01-01", "web") for i in range(4)],
        ),
        "referrals": (
            ("referral_id", "referrer_member_id", "referred_member_id", "invited_at"),
            [
                ("zqx to", "m1", member, "2024-01-20"),
                ("zqx from", member, "m2", "2024-02-20"),
                ("fine", "m1", "m3", "2023-12-20"),
            ],
        ),
        "events": (
            ("event_id", "occurred_at", "event_type", "visitor_id", "member_id"),
            [
                ("e1", "2024-02-01", "page_view", "zqx visitor", None),
                ("e2", "2024-02-02", "click", "zqx visitor", "m0"),
                ("e3", "2024-02-03", "login", "v3", member),
                ("e4", "2024-02-04", "page_view", member, None),  # a visitor spelled alike
                ("e5", "2024-02-04", "page_view", "v3", None),
            ],
        ),
        "identities": (
            ("visitor_id", "member_id", "identified_at"),
            [("zqx visitor", member, "2024-02-01"), ("zqx visitor", "m3", "2024-02-09")],
        ),
        "erasures": (("member_id", "requested_at"), []),
        "consents": (
            ("member_id", "consented_at", "withdrawn_at"),
            [(who, "2024-01-01", None) for who in (member, "m0", "m1", "m2", "m3")],
        ),
        "campaign_sends": (
            ("campaign_id", "member_id", "sent_at", "variant"),
            [("c", who, "2024-03-01", "treatment") for who in (member, "m1")],
        ),
    }


class Site:
    """A raw folder, the warehouse that is built from it, exports, and the commands."""

    def __init__(self, warehouse, folder: Path) -> None:
        self.warehouse, self.db = warehouse, warehouse.path
        self.raw, self.exports = folder / "raw", folder / "exports"
        self.work = folder / "work"
        self.raw.mkdir()

    def put(self, raw: dict) -> None:
        """Writes the raw files."""
        for table, (columns, rows) in raw.items():
            with (self.raw / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows(rows)

    def load(self) -> int:
        """scripts/load_raw.py."""
        return load_raw.main([str(self.raw), "--db", str(self.db)])

    def build(self, **words) -> None:
        """A build by dbt."""
        self.warehouse.build(parsed_with={}, **words).check()

    def forget(self, *words: str) -> int:
        """scripts/erase.py forget."""
        return erase.main(["forget", "--db", str(self.db), "--exports", str(self.exports), *words])

    def finish(self, *words: str) -> int:
        """scripts/erase.py finish."""
        return erase.main(["finish", "--db", str(self.db), "--work", str(self.work), *words])

    def erase(self) -> None:
        """What `make erase` does."""
        assert self.forget() == 0
        self.build()
        assert publish.main([str(self.db), "--again"]) == 0
        assert self.finish() == 0

    def export(self, *words: str) -> None:
        """An export of AUDIENCE."""
        command = [AUDIENCE, "--db", str(self.db), "--out", str(self.exports), *words]
        assert export_audience.main([*command, "--max-age-days", "9999"]) == 0

    def bytes(self) -> bytes:
        """All files but the raw ones, those that are packed unpacked as well."""
        parts = []
        for folder in (self.db.parent, self.exports, self.work):
            for path in folder.rglob("*"):
                if path.is_file():
                    parts.append(path.read_bytes())
                if path.suffix == ".xlsx":
                    parts.append(zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml"))
                if path.suffix == ".parquet":
                    parts.append(str(polars.read_parquet(path).rows()).encode())
        return b"\n".join(parts)

    def cells(self, word: str) -> set[str]:
        """The table columns of the whole database with a text cell that holds a word."""
        found = set()
        for schema, table, column in self.warehouse.query(
            "select schema_name, table_name, column_name from duckdb_columns() join duckdb_tables()"
            " using (database_name, schema_name, table_name) where data_type = 'VARCHAR'"
        ):
            query = f'select count(*) from "{schema}"."{table}" where contains("{column}", ?)'
            if self.warehouse.query(query, [word])[0][0]:
                found.add(f"{schema}.{table}.{column}")
        return found

    def marts(self, *without: str) -> dict[str, list]:
        """All rows of all marts, sorted."""
        tables = self.warehouse.query(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        )
        return {
            table: sorted(map(repr, self.warehouse.query(f'select * from marts."{table}"')))
            for (table,) in tables
            if table not in UNLIKE | set(without)
        }


@pytest.fixture
def site(warehouse, tmp_path, monkeypatch) -> Site:
    """A site with both keys in the environment."""
    monkeypatch.setenv(_block_list.KEY_VARIABLE, KEY)
    monkeypatch.setenv(export_audience.KEY_VARIABLE, EXPORT_KEY)
    monkeypatch.delenv(export_audience.SUPPRESS_VARIABLE, raising=False)
    return Site(warehouse, tmp_path)


def token(member: str, kind: str = "member") -> str:
    """What stands for an id, computed apart from the scripts."""
    digest = hmac.new(KEY.encode(), f"{kind} {member}".encode(), hashlib.sha256)
    return "erased:" + digest.hexdigest()


@pytest.mark.parametrize("key", [b"k" * 16, b"k" * 64, b"k" * 65, "schlüssel 名 ".encode() * 9])
def test_the_token_is_an_hmac(key):
    """In SQL as in Python's hmac, for keys shorter and longer than a block; none for a blank."""
    with duckdb.connect() as con:
        _block_list.define_token(con, key)
        for value in ("m", HOSTILE, "x" * 200, " m "):
            digest = hmac.new(key, f"member {value}".encode(), hashlib.sha256).hexdigest()
            found = con.execute("select erased_token('member', ?)", [value]).fetchone()[0]
            assert found == f"erased:{digest}" == _block_list.token(key, "member", value)
        for blank in ("", "  ", None):
            assert con.execute("select erased_token('member', ?)", [blank]).fetchone()[0] is None
        assert not con.execute(
            "select * from duckdb_functions() where function_name = 'erased_token'"
            " and database_name = 'memory'"
        ).fetchall()


def test_nothing_is_left(site, capfd):
    """The id, the visitor and the orders are in no table and no byte; a re-import brings none back;
    everybody else's figures are those that the request alone gave."""
    raw = shop(HOSTILE)
    site.put(raw)
    assert site.load() == 0
    site.build()
    site.export("--ids", "raw")
    for file_format in ("parquet", "xlsx"):
        site.export("--ids", "hashed", "--format", file_format)
    hashed = hmac.new(EXPORT_KEY.encode(), HOSTILE.encode(), hashlib.sha256).hexdigest().encode()
    site.work.mkdir()
    (site.work / "dbt.log").write_text(f"a message about {HOSTILE}", "utf-8")
    for name in (".x_2024-01-31_full.csv.abcd1234", f"{AUDIENCE}_2024-01-31_delta.csv"):
        (site.exports / AUDIENCE / name).write_text(HOSTILE, "utf-8")
    sheet = site.exports / AUDIENCE / ".x_2024-01-31_full_raw.xlsx.abcd1234"
    sheet.mkdir()
    (sheet / "rows").write_text(HOSTILE, "utf-8")
    raw["erasures"][1].append((HOSTILE, "2024-04-20"))
    site.put(raw)
    assert site.load() == 0
    site.build()
    requested = site.marts()
    before = site.bytes()
    assert HOSTILE.encode() in before and hashed in before and b"zqx order" in before
    assert site.cells("zq")

    capfd.readouterr()
    assert site.forget("--dry-run") == 0
    assert site.finish("--dry-run") == 0
    assert site.bytes() == before
    said = capfd.readouterr().out
    assert "Exports that named them: 3" in said and "zq" not in said
    assert "orders                      2 raw rows" in said
    assert "events                      3 raw rows" in said
    site.erase()
    said = capfd.readouterr().out
    assert said.count("ids raw") == 1 and said.count("ids hmac-sha256") == 2
    assert "zq" not in said and "Erased for good: 1 members" in said
    assert {"rejected_rows"} >= {
        name for name, rows in site.marts().items() if rows != requested[name]
    }
    assert site.cells("zqx") == set()
    left = site.warehouse.query("select visitor_id from raw.events order by event_id")
    assert left == [(HOSTILE,), ("v3",)]  # a visitor spelled alike is another name space
    assert hashed not in site.bytes()


def test_no_byte_is_left(site, capsys):
    """The same without a namesake: no byte of any file holds the id, what is published included."""
    raw = shop("zqx member")
    raw["events"] = (raw["events"][0], [row for row in raw["events"][1] if row[0] != "e4"])
    site.put(raw)
    assert site.load() == 0
    site.build()
    site.export("--ids", "raw")
    assert publish.main([str(site.db)]) == 0
    raw["erasures"][1].append(("zqx member", "2024-04-20"))
    site.put(raw)
    assert site.load() == 0
    site.build()
    requested = site.marts()
    serving = site.db.parent / "serving"
    assert b"zqx" in site.bytes()
    assert site.forget() == 0
    site.build()
    assert any(b"zqx" in path.read_bytes() for path in serving.glob("*.duckdb"))
    assert site.finish() == 2 and "publish the warehouse first" in capsys.readouterr().err
    assert publish.main([str(site.db), "--again"]) == 0 and site.finish() == 0
    assert b"zqx" not in site.bytes() and site.cells("zqx") == set()
    assert len(list(serving.rglob("*.parquet"))) > 20
    assert token("zqx member").encode() in site.db.read_bytes()

    for rows in (raw["erasures"][1], []):  # the request still in the file, and no more
        raw["erasures"] = (raw["erasures"][0], rows)
        site.put(raw)
        assert site.load() == 0
        site.build()
        assert site.marts() == requested
        assert b"zqx" not in site.bytes() and site.cells("zqx") == set()
        reasons = site.warehouse.query(
            "select source_table, count(*) from marts.rejected_rows where reason = 'erased_member'"
            " and row_key is null and raw_row is null group by 1 order by 1"
        )
        assert reasons == [
            ("campaign_sends", 1), ("consents", 1), ("events", 3), ("identities", 2),
            ("members", 1), ("order_refunds", 2), ("orders", 2), ("referrals", 2),
        ]  # fmt: skip
        assert site.warehouse.query("select member_id from staging.stg_erasures") == [
            (token("zqx member"),)
        ]
    site.build(full_refresh=True)
    assert site.marts() == requested
    assert site.forget() == 0 and site.finish() == 0  # nothing more to do


def filled(table: str, columns: list[str], rows: list) -> tuple[list[str], list]:
    """A raw table with the columns that it lacks, empty: the loader wants the required ones."""
    known = {column.lower() for column in columns}
    lacking = [column for column in raw_contract()[table] if column not in known]
    return [*columns, *lacking], [[*row, *[None] * len(lacking)] for row in rows]


@pytest.mark.parametrize("seed", [22, 25])
def test_the_others_are_counted_as_the_request_alone_would(site, seed):
    """In a random world: after the erasure all marts but the rejected rows, after a re-import all
    of them, are those that the requests alone had given."""
    world = random_world(seed * len(VAR_SETS))
    site.put({table: filled(table, *rows) for table, rows in world.raw.items()})
    site.warehouse.seeds(world.seed_tables())
    assert site.load() == 0

    def build() -> None:
        site.warehouse.build(vars=world.vars, parsed_with={}).check()

    build()
    requested = site.marts()
    erased = site.warehouse.query("select count(*) from staging.stg_erasures")[0][0]
    assert erased and any("erased_member" in row for row in requested["rejected_rows"])
    assert site.forget() == 0
    build()
    assert site.finish() == 0
    forgotten = site.marts("rejected_rows")
    assert forgotten == {table: requested[table] for table in forgotten}
    assert site.load() == 0
    build()
    assert site.marts() == requested


def test_ids_are_compared_whole(site):
    """An id that begins another one, one in other letters, one with a blank: only the one goes."""
    ids = ["m", "m1", "M", "m ", " m", "m\n", "1"]
    orders = [(f"o{i}", member, "2024-01-05", "9") for i, member in enumerate(ids)]
    site.put({"orders": (ORDERS, orders), "erasures": (("member_id",), [("m",), ("  ",), ("",)])})
    for loaded in range(2):
        assert site.load() == 0
        if not loaded:
            assert site.forget() == 0
        rows = site.warehouse.query("select order_id, member_id from raw.orders")
        left = [row[:2] for row in orders[1:]]
        assert sorted(rows) == sorted(left + [(token("o0", "order"), token("m"))] * loaded)


def test_typed_columns_and_other_names(site):
    """Numbers as ids in a Parquet file, columns in capitals, extra columns that look like ours."""
    frame = polars.DataFrame(
        {"Order_ID": [1, 2], "MEMBER_ID": [7, 8], "ordered_at": ["2024-01-01"] * 2,
         "gross_amount": [1.5, 2.5], "token of MEMBER_ID": ["a", "b"]}
    )  # fmt: skip
    frame.write_parquet(site.raw / "orders.parquet")
    polars.DataFrame({"member_id": [7]}).write_parquet(site.raw / "erasures.parquet")
    assert site.load() == 0 and site.forget() == 0
    assert site.warehouse.query("select * from raw.orders") == [(2, 8, "2024-01-01", 2.5, "b")]
    assert site.load() == 0
    rows = site.warehouse.query("select * from raw.orders order by ordered_at nulls last")
    assert rows == [
        ("2", "8", "2024-01-01", 2.5, "b"),
        (token("1", "order"), token("7"), None, None, None),
    ]
    assert site.warehouse.query("select * from raw.erasures") == [(token("7"),)]


def small(site, *erased: str) -> None:
    """A loaded site with two members and requests."""
    orders = [("o1", "zqx", "2024-01-01", "5"), ("o2", "m", "2024-01-02", "5")]
    requests = [(member, "2024-01-03") for member in erased]
    site.put({"orders": (ORDERS, orders), "erasures": (("member_id", "requested_at"), requests)})
    assert site.load() == 0


def test_a_key_that_is_missing_short_or_wrong_stops_everything(site, monkeypatch, capsys):
    """Before anything has changed: a load with another key would let the members in."""
    small(site, "zqx")
    for key, words in (("", "set MEMBER_LOYALTY_ERASURE_KEY"), ("short", "of 16 bytes or more")):
        monkeypatch.setenv(_block_list.KEY_VARIABLE, key)
        assert site.forget() == 2
        assert words in capsys.readouterr().err
    assert site.warehouse.query("select count(*) from raw.orders") == [(2,)]
    monkeypatch.setenv(_block_list.KEY_VARIABLE, KEY)
    assert site.forget() == 0
    held = site.warehouse.query("from raw.orders")
    for key, words in (("", "set MEMBER"), ("quite another secret", "is not the key of")):
        monkeypatch.setenv(_block_list.KEY_VARIABLE, key)
        for command in (site.load, site.forget):
            assert command() == 2
            error = capsys.readouterr().err
            assert words in error and error.count("\n") == 1
            assert KEY not in error and "quite another" not in error
    assert site.warehouse.query("from raw.orders") == held


def test_an_unknown_member_is_blocked_all_the_same(site, capsys):
    """Whoever is not there yet must not come later."""
    small(site, "not yet")
    assert site.forget() == 0
    assert "orders                      0 raw rows" in capsys.readouterr().out
    site.put({"orders": (ORDERS, [("o1", "not yet", "2024-01-01", "5")])})
    (site.raw / "erasures.csv").unlink()
    assert site.load() == 0
    assert site.warehouse.query("select member_id from raw.erasures") == [(token("not yet"),)]
    assert site.cells("not yet") == set()
    assert site.warehouse.query("select member_id from raw.orders") == [(token("not yet"),)]


def test_rows_that_another_loader_brings_back_go_again(site, capsys):
    """The block list knows them, and forget takes them out though nobody asks anew."""
    small(site, "zqx")
    assert site.forget() == 0
    site.warehouse.query("insert into raw.orders values ('o9', 'zqx', '2024-01-01', '1')")
    assert site.forget() == 0
    assert "1 of them back by another loader" in capsys.readouterr().out
    assert site.warehouse.query("select member_id from raw.orders") == [("m",)]


def test_places_that_are_not_ours_are_told(site, capsys):
    """An id in a table of one's own stops it, with numbers too; other texts are told."""
    small(site, "zqx", "7")
    members = "create or replace table raw.members (member_id varchar, referred_by varchar)"
    site.warehouse.query(members)
    site.warehouse.query("insert into raw.members values ('m', 'zqx')")
    for made in ("main.targets(member_id bigint)", "raw.sales_orders(Customer_ID varchar)"):
        site.warehouse.query(f"create table {made}")
        table = made.split("(")[0]
        site.warehouse.query(f"insert into {table} values ('7')")
        assert site.forget() == 2
        said = capsys.readouterr()
        assert f"{table}." in said.err and said.err.count("\n") == 1
        assert "raw.members.referred_by: 1 rows" in said.out
        assert len(site.warehouse.query("from raw.orders")) == 2
        site.warehouse.query(f"drop table {table}")
    assert site.forget("--published", str(site.raw / "none")) == 2
    assert "no such folder" in capsys.readouterr().err
    assert site.forget() == 0
    assert site.warehouse.query("select member_id from raw.orders") == [("m",)]


def test_a_link_is_followed_and_a_schema_is_found_in_any_case(site, tmp_path, capsys):
    """The file behind the link is written anew; the block list holds for `RAW` as for `raw`."""
    small(site, "zqx")
    link = tmp_path / "link.duckdb"
    link.symlink_to(site.db)
    site.db = link
    site.build()
    site.erase()
    assert link.is_symlink() and b"zqx" not in link.resolve().read_bytes()
    assert site.forget("--schema", "RAW") == 0
    words = [str(site.raw), "--db", str(link), "--schema", "RAW"]
    assert load_raw.main(words) == 0
    assert ("zqx",) not in site.warehouse.query("select member_id from raw.orders")


def test_without_an_erasures_table_or_a_warehouse(site, capsys):
    """One line that says what to do; a view is not ours to delete from."""
    site.warehouse.query("drop table raw.erasures")
    assert site.forget() == 2
    assert "no table raw.erasures" in capsys.readouterr().err
    site.warehouse.query("alter table raw.orders rename to kept")
    site.warehouse.query("create view raw.orders as from raw.kept")
    assert site.forget() == 2
    assert "raw.orders is a view" in capsys.readouterr().err
    assert erase.main(["forget", "--db", str(site.raw / "none.duckdb")]) == 2
    assert "no such warehouse" in capsys.readouterr().err


def test_finish_waits_for_a_build(site, capsys):
    """The models would still name the member."""
    small(site)
    site.build()
    assert site.finish() == 0 and "Nothing to finish" in capsys.readouterr().out
    small(site, "zqx")
    assert site.forget() == 0
    assert site.finish() == 2
    assert "make build, then finish" in capsys.readouterr().err
    command = [AUDIENCE, "--db", str(site.db), "--out", str(site.exports), "--ids", "raw"]
    assert export_audience.main(command) == 2
    assert "an erasure is under way" in capsys.readouterr().err
    site.build()
    assert site.finish() == 0


def test_a_file_in_use_is_refused(site, capsys):
    """By a reader, too: it would go on reading what is to be gone."""
    small(site, "zqx")
    code = f"import duckdb, sys; c = duckdb.connect({str(site.db)!r}, read_only=True); print(1)"
    hold = subprocess.Popen(
        [sys.executable, "-c", f"{code}; sys.stdout.flush(); sys.stdin.read()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    hold.stdout.readline()
    try:
        for command in (site.forget, site.finish):
            assert command() == 2
            assert "in use by another process" in capsys.readouterr().err
    finally:
        hold.communicate()
    assert site.forget() == 0


# Where a run is killed: the function that is called last, in which command.
KILLED_AT = [
    ("forget", "erase.clean_export"),
    ("forget", "erase.save_manifest"),
    ("forget", "_block_list.add_requests"),
    ("finish", "erase.shutil.rmtree"),
    ("finish", "erase.os.fsync"),
    ("finish", "erase.os.replace"),
]


@pytest.mark.parametrize(("command", "place"), KILLED_AT)
def test_killed_midway_it_is_done_by_the_next_run(site, command, place):
    """The database is whole, the old or the new one; nothing is left of the dead run."""
    small(site)
    orders = [("o1", "zqx", "2024-01-01", "5"), ("o2", "m", "2024-04-02", "5")]
    consents = [("zqx", "2024-01-01"), ("m", "2024-01-01")]
    site.put({"orders": (ORDERS, orders), "consents": (("member_id", "consented_at"), consents)})
    assert site.load() == 0
    site.build()
    site.export("--ids", "raw")
    site.put({"erasures": (("member_id",), [("zqx",)])})
    assert site.load() == 0
    site.work.mkdir()
    if command == "finish":
        assert site.forget() == 0
        site.build()
    words = [command, "--db", str(site.db)]
    words += ["--exports", str(site.exports)] if command == "forget" else ["--work", str(site.work)]
    code = (
        f"import os, signal, sys; sys.path.insert(0, {str(PROJECT / 'scripts')!r}); import erase,"
        f" _block_list\n{place} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"erase.main({words!r})"
    )
    died = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    site.erase()
    assert b"zqx" not in site.bytes() and site.cells("zqx") == set()
    assert {path.name for path in site.db.parent.iterdir()} == {site.db.name}
    manifest = json.loads(next(site.exports.rglob("*.manifest.json")).read_text("utf-8"))
    file = site.exports / AUDIENCE / manifest["file"]
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (manifest["rows"], manifest["erased_rows"]) == (0, 1)
    assert manifest["rows_by_action_and_variant"] == {}


def test_exports_of_a_lost_key_are_not_passed_over(site, monkeypatch, capsys):
    """Nobody can tell whether they name the member, so somebody has to decide."""
    small(site, "zqx")
    folder = site.exports / "lapsed"
    folder.mkdir(parents=True)
    manifest = {"file": "f.csv", "ids": "hmac-sha256", "key_check": "0" * 8, "rows": 0}
    (folder / "f.csv.manifest.json").write_text(
        json.dumps(manifest | {"snapshot_date": "2024-01-31", "format": "csv"}), "utf-8"
    )
    assert site.forget() == 2
    said = capsys.readouterr()
    assert "1 exports hold ids hashed under a key" in said.err and "may name them" in said.out
    assert site.warehouse.query("select count(*) from raw.orders") == [(2,)]
    assert site.forget("--leave-unmatched") == 0


def test_published_folders_are_cleaned(site, tmp_path, capsys):
    """CSV, Parquet and DuckDB files lose the rows and nothing else; another kind stops it."""
    small(site, HOSTILE)
    folder = tmp_path / "serving"
    folder.mkdir()
    rows = [(HOSTILE, 1), (f"member:{HOSTILE}", 2), (HOSTILE + "x", 3), ("m", 4)]
    frame = polars.DataFrame(rows, schema=["person_id", "n"], orient="row")
    frame.write_parquet(folder / "t.parquet")
    frame.write_csv(folder / "t.csv")
    with duckdb.connect() as con:
        con.execute(f"attach '{folder / 'w.duckdb'}' as w (storage_version 'v1.0.0')")
        con.execute("create schema w.marts; create table w.marts.t (person_id varchar, n int)")
        con.execute("comment on column w.marts.t.person_id is 'Whose.'")
        con.executemany("insert into w.marts.t values (?, ?)", rows)
        con.execute("create view w.marts.v as select n from w.marts.t")
    (folder / "note.html").write_text("nobody", "utf-8")
    os.chmod(folder / "w.duckdb", 0o640)  # noqa: PTH101
    (folder / "page.html").write_text(f"about {HOSTILE}", "utf-8")
    assert site.forget("--published", str(folder)) == 2
    assert "page.html may name a member" in capsys.readouterr().err
    (folder / "page.html").rename(folder / "t.csv.gz")
    (folder / "t.csv.gz").write_bytes(b"packed")
    assert site.forget("--published", str(folder)) == 2
    assert "t.csv.gz may name a member" in capsys.readouterr().err
    (folder / "t.csv.gz").unlink()
    assert site.forget("--published", str(folder)) == 0
    left = [(HOSTILE + "x", 3), ("m", 4)]
    assert polars.read_parquet(folder / "t.parquet").rows() == left
    assert polars.read_csv(folder / "t.csv").rows() == left
    with duckdb.connect(str(folder / "w.duckdb")) as con:
        assert con.execute("from marts.t order by n").fetchall() == left
        assert con.execute("from marts.v order by n").fetchall() == [(3,), (4,)]
        described = con.execute(
            "select comment from duckdb_columns() where table_name = 't'"
        ).fetchall()
        assert ("Whose.",) in described
        tags = con.execute("select tags from duckdb_databases() where database_name = 'w'")
        assert tags.fetchone()[0]["storage_version"].startswith("v1.0.0")
    assert (folder / "w.duckdb").stat().st_mode & 0o777 == 0o640


def test_published_rows_of_others_stay(site, tmp_path, capsys):
    """An id that reads as a score or a cell goes from columns of ids alone; what else holds such a
    text is told. Paths with brackets and folders like segment=A are read as they are."""
    small(site, "5")
    folder = tmp_path / "out" / "segment=A"
    folder.mkdir(parents=True)
    rows = [("5", "1", 9), ("m", "5", 3), ("n", "2", 5)]
    frame = polars.DataFrame(rows, schema=["Member_ID", "r_score", "days"], orient="row")
    frame.write_parquet(folder / "t[1].parquet")
    frame.write_parquet(folder / "t1.parquet")
    frame.with_columns(polars.lit("5").alias("Member_ID").cast(int)).write_parquet(
        folder / "n.parquet"
    )
    frame.write_csv(folder / "t.csv")
    (folder / "cells.csv").write_text("rfm_cell,members\r\n5,1\r\n", "utf-8")
    with duckdb.connect(str(folder / "w.duckdb")) as con:
        con.execute("create table t (member_id varchar, r_score varchar, days int)")
        con.executemany("insert into t values (?, ?, ?)", rows)
    assert site.forget("--published", str(folder.parent)) == 0
    said = capsys.readouterr().out
    assert "t.csv: 1 rows out; 2 rows hold such a text in other columns, and stay" in said
    assert "cells.csv: 0 rows out; 1 rows" in said
    for name in ("t[1].parquet", "t1.parquet"):
        assert polars.read_parquet((folder / name).read_bytes()).rows() == rows[1:]
    assert polars.read_parquet((folder / "n.parquet").read_bytes()).rows() == []
    assert polars.read_csv(folder / "t.csv").rows() == [("m", 5, 3), ("n", 2, 5)]
    with duckdb.connect(str(folder / "w.duckdb")) as con:
        assert con.execute("from t order by days").fetchall() == rows[1:]
    assert (folder / "cells.csv").read_text("utf-8").count("5,1") == 1


def test_what_is_published_with_semicolons_is_refused(site, tmp_path, capsys):
    small(site, "zqx")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/t.csv").write_text("member_id;n\r\nzqx;1\r\n", "utf-8")
    assert site.forget("--published", str(tmp_path / "out")) == 2
    assert "t.csv is not separated by commas" in capsys.readouterr().err
    assert len(site.warehouse.query("from raw.orders")) == 2


def test_a_published_file_killed_before_it_is_written_anew(site, tmp_path, monkeypatch):
    """The rows are out and their bytes are not: the next run knows, and writes the file anew."""
    small(site, "zqx")
    folder = tmp_path / "out"
    folder.mkdir()
    with duckdb.connect(str(folder / "w.duckdb")) as con:
        con.execute(
            "create table t as select 'zqx' || '' as member_id, 1 as n union all select 'm', 2"
        )

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(erase, "rewrite", killed)
        site.forget("--published", str(folder))
    assert site.forget("--published", str(folder)) == 0
    assert b"zqx" not in b"".join(path.read_bytes() for path in folder.iterdir())
    assert [path.name for path in folder.iterdir()] == ["w.duckdb"]


def test_files_of_ones_own_beside_exports_stay(site, capsys):
    small(site, "zqx")
    (site.exports / AUDIENCE).mkdir(parents=True)
    for name in (".env.template", ".notes.markdown"):
        (site.exports / AUDIENCE / name).write_text("mine", "utf-8")
    assert site.forget() == 0
    assert len(list((site.exports / AUDIENCE).iterdir())) == 2


def test_the_database_keeps_all_but_the_member(site):
    """Views, constraints, comments, settings of the file: what a copy could lose."""
    small(site, "zqx")

    def objects() -> list[tuple]:
        return site.warehouse.query(
            "select 'table', schema_name, table_name, comment, null from duckdb_tables()"
            " union all select 'view', schema_name, view_name, comment, sql from duckdb_views()"
            " where not internal"
            " union all select 'constraint', schema_name, table_name, constraint_text, null"
            " from duckdb_constraints()"
            " union all select 'column', schema_name, table_name || '.' || column_name, comment,"
            " data_type || is_nullable from duckdb_columns() where not internal order by all"
        )

    assert site.forget() == 0
    site.build()
    before, mode = objects(), site.db.stat().st_mode
    assert site.finish() == 0
    assert objects() == before and len(before) > 1000
    assert site.db.stat().st_mode == mode
    site.build()
    assert "nothing" in str(
        site.warehouse.query("select input from marts.fct_build_log order by started_at desc")[0]
    )
