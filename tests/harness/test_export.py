"""Exports name nobody they must not, hold no formula, and come out the same twice."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import re
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import polars
import pytest
from conftest import PROJECT

sys.path.insert(0, str(PROJECT / "scripts"))
import export_audience  # noqa: E402

KEY = "a key of more than sixteen bytes"
HOSTILE = [
    "=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "'x", "''=1", "a,b", 'a"b',
    "a\r\nb", "名字", "😀", "é", " m", "m ", "NULL", "\x01", "_x0041_", "x=1", "0", "L" * 300,
]  # fmt: skip
MEMBERS = """
    create table marts.fct_audience_members (
        audience varchar, member_id varchar, snapshot_date date, entered_on date, exited_on date,
        status varchar, is_control boolean, has_consent boolean)"""
SETUP = f"""
    create schema marts; create schema intermediate; create schema staging; create schema raw;
    {MEMBERS};
    create table marts.dim_audiences as select
        'lapsed' as audience, 'Lapsed' as title, 'CRM' as owner, 'email' as channel,
        'Win back' as purpose, 0.2::decimal(5, 4) as holdout_share, true as checks_consents,
        'a rule' as consent_rule, 'month' as refresh, 'select 1' as definition;
    create table marts.dim_members (member_id varchar, is_closed boolean);
    create table intermediate.int_member_consents (member_id varchar, has_consent boolean);
    create table intermediate.int_restatement_plan as select 'b1' as build_id;
    create table intermediate.int_build_ledger as
    select 'b1' as build_id, 'as_of_date' as input, date '2024-02-01' as fact_on;
    create table intermediate.int_as_of_date as select date '2099-01-31' as as_of_date;
    create table marts.fct_build_log (started_at timestamp, restated_from date);
    create table staging.stg_erasures (member_id varchar);
    create table raw.erasures (member_id varchar);
    create table marts.agg_rfm_cells as select * from (values
        (date '2023-12-31', 'platform==1+1', 5, 5, 5, 10, 20, 30.50::decimal(18, 2)),
        (date '2024-01-31', 'all', 0, 0, 0, 1, 0, 0),
        (date '2024-01-31', '=all', 5, 4, 3, 2, 2, 9.99))
        as t(snapshot_date, score_partition, r_score, f_score, m_score, members, orders,
            net_revenue);
"""


class Shop:
    """A warehouse of one audience, and a folder for its exports."""

    def __init__(self, folder: Path) -> None:
        self.db, self.out = folder / "warehouse.duckdb", folder / "out"
        self.query(SETUP)
        now = datetime.now(UTC).replace(tzinfo=None)
        self.query("insert into marts.fct_build_log values (?, '2023-12-31')", [now])

    def query(self, sql: str, parameters: list | None = None) -> None:
        """Runs SQL on the warehouse."""
        with duckdb.connect(str(self.db)) as connection:
            connection.execute(sql, parameters)

    def members(self, *rows: tuple, on: str = "2024-01-31") -> None:
        """Replaces the audience: (member_id, status, is_control, has_consent) each."""
        self.query("delete from marts.fct_audience_members; delete from marts.dim_members;")
        self.query("delete from intermediate.int_member_consents")
        self.query("update intermediate.int_build_ledger set fact_on = cast(? as date) + 1", [on])
        for member_id, status, is_control, has_consent in rows:
            self.query(
                "insert into marts.fct_audience_members values ('lapsed', ?, ?, ?, null, ?, ?, ?)",
                [member_id, on, on, status, is_control, has_consent],
            )
            self.query("insert into marts.dim_members values (?, false)", [member_id])
            self.query(
                "insert into intermediate.int_member_consents values (?, ?)",
                [member_id, bool(has_consent)],
            )

    def export(self, *words: str, name: str = "lapsed") -> int:
        """Runs the command. Returns its exit code."""
        return export_audience.main([name, "--db", str(self.db), "--out", str(self.out), *words])

    def manifest(self, stem: str, name: str = "lapsed") -> dict:
        """The manifest of a file."""
        path = self.out / name / f"{name}_{stem}.manifest.json"
        return json.loads(path.read_text("utf-8"))

    def rows(self, stem: str = "2024-01-31_full.csv", name: str = "lapsed") -> list[dict]:
        """The rows of a CSV file, cells as they stand."""
        with (self.out / name / f"{name}_{stem}").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, strict=True))


@pytest.fixture
def shop(tmp_path, monkeypatch) -> Shop:
    """A shop with a key in the environment."""
    monkeypatch.setenv("MEMBER_LOYALTY_EXPORT_KEY", KEY)
    monkeypatch.delenv("MEMBER_LOYALTY_SUPPRESSIONS", raising=False)
    return Shop(tmp_path)


def hashed(member_id: str) -> str:
    """The id as a file names it."""
    return hmac.new(KEY.encode(), member_id.encode(), hashlib.sha256).hexdigest()


def sheet(path: Path) -> list[list[str]]:
    """The text and number cells of the sheet of an XLSX file, read without any library for it."""
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(path) as book:
        tree = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not tree.findall(".//x:f", space), "a formula"
    rows = []
    for row in tree.findall(".//x:row", space):
        cells = ["".join(c.itertext()) for c in row.findall("x:c", space)]
        rows.append(
            [re.sub("_x([0-9A-F]{4})_", lambda m: chr(int(m[1], 16)), cell) for cell in cells]
        )
    return rows


def test_nobody_without_consent_erased_or_suppressed_is_named(shop, tmp_path):
    """In no format and no file of the folder, neither raw nor hashed; erased since, too."""
    gone = ["withdrawn", "erased", "erased since", "suppressed", "listed, by mail"]
    shop.members(
        ("fine", "entered", False, True),
        ("withdrawn", "stayed", False, False),
        *((member, "stayed", False, True) for member in gone[1:]),
    )
    shop.query("insert into staging.stg_erasures values ('erased')")
    shop.query("insert into raw.erasures values ('erased since')")
    listed = tmp_path / "suppressed.csv"
    listed.write_text('suppressed\n"listed, by mail"\n', "utf-8")
    for file_format in ("csv", "parquet", "xlsx"):
        for ids in ("raw", "hashed"):
            words = ["--format", file_format, "--ids", ids, "--suppress", str(listed)]
            assert shop.export(*words) == 0
            files = [path for path in shop.out.rglob("*") if path.is_file()]
            texts = b"".join(path.read_bytes() for path in files)
            for path in files:
                if path.suffix == ".xlsx":
                    texts += zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")
                if path.suffix == ".parquet":
                    texts += str(polars.read_parquet(path).rows()).encode()
            for member in gone:
                assert member.encode() not in re.sub(rb'"(erased|suppressed)": 2', b"", texts)
                assert hashed(member).encode() not in texts
            raw = "_raw" if ids == "raw" else ""
            excluded = shop.manifest(f"2024-01-31_full{raw}.{file_format}")["excluded"]
            assert excluded == {"erased": 2, "no_consent": 1, "suppressed": 2}


def test_consent_that_is_not_checked_keeps_all_and_is_said(shop):
    shop.members(("m", "entered", False, None))
    shop.query(
        "update marts.dim_audiences set checks_consents = false, consent_rule = 'not checked'"
    )
    assert shop.export() == 0
    assert [row["member_id"] for row in shop.rows()] == [hashed("m")]
    assert shop.manifest("2024-01-31_full.csv")["consent_rule"] == "not checked"


def test_hostile_ids_come_back_as_they_were(shop):
    """CSV and XLSX hold no formula, and dropping one apostrophe gives every id back."""
    shop.members(*((member, "entered", False, True) for member in HOSTILE))
    for file_format in ("csv", "xlsx", "parquet"):
        assert shop.export("--ids", "raw", "--format", file_format) == 0
    cells = [row["member_id"] for row in shop.rows("2024-01-31_full_raw.csv")]
    rows = sheet(shop.out / "lapsed/lapsed_2024-01-31_full_raw.xlsx")
    for found in (cells, [row[0] for row in rows[1:]]):
        assert not [cell for cell in found if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert sorted(export_audience.original(cell) for cell in found) == sorted(HOSTILE)
    frame = polars.read_parquet(shop.out / "lapsed/lapsed_2024-01-31_full_raw.parquet")
    assert sorted(frame["member_id"]) == sorted(HOSTILE)
    assert rows[0] == frame.columns == ["member_id", "action", "variant", "entered_on"]


@pytest.mark.parametrize("cell", [*HOSTILE, "", None, 5, "'", "''", "=", "'="])
def test_neutral_is_reversible(cell):
    assert export_audience.original(export_audience.neutral(cell)) == cell


@pytest.mark.parametrize("file_format", ["csv", "parquet", "xlsx"])
def test_the_same_bytes_twice_and_a_true_manifest(shop, file_format):
    shop.members(*((f"m{i}", "entered", i % 5 == 0, True) for i in range(50)))
    path = shop.out / f"lapsed/lapsed_2024-01-31_full.{file_format}"
    assert shop.export("--format", file_format) == 0
    manifest = shop.manifest(f"2024-01-31_full.{file_format}")
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    shop.query("create table t as select * from marts.fct_audience_members order by random()")
    shop.query("delete from marts.fct_audience_members")
    shop.query("insert into marts.fct_audience_members select * from t")
    assert shop.export("--format", file_format) == 0
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before
    assert manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (manifest["rows"], manifest["bytes"]) == (50, path.stat().st_size)
    assert manifest["rows_by_action_and_variant"] == {"add control": 10, "add treatment": 40}
    assert (manifest["snapshot_date"], manifest["use_by"]) == ("2024-01-31", "2024-03-02")
    assert (manifest["definition"], manifest["consent_rule"]) == ("select 1", "a rule")
    assert KEY not in json.dumps(manifest)


def test_a_delta_holds_what_has_changed_since_the_last_snapshot(shop):
    """Who came and who went; who withdrew is not named; who stays keeps the variant."""
    shop.members(
        ("stays", "entered", True, True),
        ("goes", "entered", False, True),
        ("went long ago", "entered", False, True),
        ("withdraws", "entered", False, True),
    )
    assert shop.export("--since", "last") == 0
    assert shop.manifest("2024-01-31_full.csv")["mode"] == "full"
    shop.members(
        ("stays", "stayed", False, True),
        ("goes", "left", False, True),
        ("withdraws", "stayed", False, False),
        ("comes", "entered", False, True),
        on="2024-02-29",
    )
    shop.query("insert into marts.dim_members values ('went long ago', false)")
    shop.query("insert into intermediate.int_member_consents values ('went long ago', true)")
    for _ in range(2):  # the second time is no delta to the first
        assert shop.export("--since", "last") == 0
        manifest = shop.manifest("2024-02-29_delta.csv")
        assert (manifest["mode"], manifest["since"]) == ("delta", "2024-01-31")
        assert manifest["not_named_removals"] == 1
        found = {(row["member_id"], row["action"]) for row in shop.rows("2024-02-29_delta.csv")}
        assert found == {
            (hashed("comes"), "add"),
            (hashed("goes"), "remove"),
            (hashed("went long ago"), "remove"),
        }
    assert shop.export() == 0
    sides = {row["member_id"]: row["variant"] for row in shop.rows("2024-02-29_full.csv")}
    assert sides == {hashed("stays"): "control", hashed("comes"): "treatment"}


def test_a_variant_alone(shop):
    shop.members(("c", "entered", True, True), ("t", "entered", False, True))
    for variant, member in (("treatment", "t"), ("control", "c")):
        assert shop.export("--variant", variant) == 0
        found = shop.rows(f"2024-01-31_full_{variant}.csv")
        assert [row["member_id"] for row in found] == [hashed(member)]
        assert shop.export("--variant", variant, "--ids", "raw") == 0
        found = shop.rows(f"2024-01-31_full_{variant}_raw.csv")
        assert [row["member_id"] for row in found] == [member]
    assert len(list((shop.out / "lapsed").iterdir())) == 12  # nothing was written over


def test_a_delta_of_a_variant_is_one_to_that_variant(shop):
    """Who was named as control only is new to those who get the file of all; sides are kept."""
    shop.members(("c", "entered", True, True), ("t", "entered", False, True))
    assert shop.export("--variant", "treatment") == 0
    shop.members(("c", "stayed", False, True), ("t", "stayed", True, True), on="2024-02-29")
    assert shop.export("--variant", "all", "--since", "last") == 0
    sides = {row["member_id"]: row["variant"] for row in shop.rows("2024-02-29_full.csv")}
    assert sides == {hashed("t"): "treatment", hashed("c"): "control"}
    shop.members(("c", "left", False, True), ("n", "entered", False, True), on="2024-03-31")
    assert shop.export("--variant", "treatment", "--since", "last") == 0
    assert shop.manifest("2024-03-31_delta_treatment.csv")["since"] == "2024-01-31"
    found = {
        (row["member_id"], row["action"]) for row in shop.rows("2024-03-31_delta_treatment.csv")
    }
    assert found == {(hashed("n"), "add")}
    shop.query("insert into marts.dim_members values ('t', false)")
    shop.query("insert into intermediate.int_member_consents values ('t', true)")
    assert shop.export("--variant", "treatment", "--since", "last") == 0
    found = {row["member_id"]: row["action"] for row in shop.rows("2024-03-31_delta_treatment.csv")}
    assert found == {hashed("n"): "add", hashed("t"): "remove"}


def test_all_files_of_a_day_say_who_is_on_which_side(shop, tmp_path):
    """One left the other's member out; both sides are kept."""
    listed = tmp_path / "list.csv"
    shop.members(("c", "entered", True, True), ("t", "entered", False, True))
    for variant, member in (("treatment", "c"), ("control", "t")):
        listed.write_text(f"{member}\n", "utf-8")
        assert shop.export("--variant", variant, "--suppress", str(listed)) == 0
    shop.members(("c", "stayed", False, True), ("t", "stayed", True, True), on="2024-02-29")
    assert shop.export() == 0
    sides = {row["member_id"]: row["variant"] for row in shop.rows("2024-02-29_full.csv")}
    assert sides == {hashed("t"): "treatment", hashed("c"): "control"}


def test_restated_rows_make_a_cross_table_whole(shop, capsys):
    """A delta to rows that have changed or gone since would leave them standing elsewhere."""
    for on in ("2024-02-29", "2024-03-31"):
        shop.query(f"insert into marts.agg_rfm_cells values ('{on}', 'all', 1, 1, 1, 1, 1, 1)")

    def export(on: str, restated_from: str | None) -> int:
        """The rows of the next file, after a build that restated so."""
        now = datetime.now(UTC).replace(tzinfo=None)
        shop.query("insert into marts.fct_build_log values (?, ?)", [now, restated_from])
        shop.query("update intermediate.int_build_ledger set fact_on = cast(? as date) + 1", [on])
        assert shop.export("--since", "last", name="agg_rfm_cells") == 0
        return int(re.search(r"(\d) rows", capsys.readouterr().out)[1])

    assert export("2024-02-29", None) == 5
    assert export("2024-03-31", "2024-03-01") == 1
    assert export("2024-03-31", "2024-02-29") == 5
    shop.query("delete from marts.agg_rfm_cells where snapshot_date = '2024-03-31'")
    shop.query("insert into marts.agg_rfm_cells values ('2024-04-30', 'all', 1, 1, 1, 1, 1, 1)")
    assert export("2024-04-30", None) == 5  # an extra snapshot's rows have gone


def test_a_list_that_names_nobody_is_refused(shop, tmp_path, capsys):
    shop.members(("m", "entered", False, True), ("'x", "entered", False, True))
    listed = tmp_path / "list.csv"
    for text, code in ((hashed("m"), 2), ("", 0), ("m\nunknown", 0), ("''x", 0)):
        listed.write_text(text + "\n" if text else "", "utf-8")
        assert shop.export("--suppress", str(listed)) == code, text
    assert "none of its ids is a member's" in capsys.readouterr().err
    assert [row["member_id"] for row in shop.rows()] == [hashed("m")]


def test_cross_tables_download_the_same_way(shop):
    assert shop.export(name="agg_rfm_cells") == 0
    rows = shop.rows(name="agg_rfm_cells")
    assert [row["score_partition"] for row in rows] == ["platform==1+1", "'=all", "all"]
    assert rows[1]["net_revenue"] == "9.99"
    for file_format in ("parquet", "xlsx"):
        assert shop.export("--format", file_format, name="agg_rfm_cells") == 0
    cells = sheet(shop.out / "agg_rfm_cells/agg_rfm_cells_2024-01-31_full.xlsx")
    assert cells[2] == ["2024-01-31", "'=all", "5", "4", "3", "2", "2", "9.99"]
    shop.query("update intermediate.int_build_ledger set fact_on = '2024-03-01'")
    shop.query(
        "insert into marts.agg_rfm_cells values (date '2024-02-29', 'all', 1, 1, 1, 1, 1, 1)"
    )
    assert shop.export("--since", "last", name="agg_rfm_cells") == 0
    found = shop.rows("2024-02-29_delta.csv", "agg_rfm_cells")
    assert [row["snapshot_date"] for row in found] == ["2024-02-29"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            "update intermediate.int_restatement_plan set build_id = 'b2'",
            "no build has come to its end",
        ),
        ("drop table intermediate.int_build_ledger", "no build has come to its end"),
        ("update intermediate.int_build_ledger set fact_on = null", "no snapshot"),
    ],
)
def test_a_warehouse_that_is_not_whole_is_refused(shop, capsys, spoil, words):
    shop.members(("m", "entered", False, True))
    shop.query(spoil)
    assert shop.export() == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
    assert not shop.out.exists()


def test_a_stale_warehouse_is_refused(shop, capsys):
    """Older than the audience's refresh and a day, to the hour; unless the user says otherwise."""
    shop.members(("m", "entered", False, True))
    for hours, code in ((32 * 24 - 1, 0), (32 * 24 + 1, 2)):
        built = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=hours)
        shop.query("update marts.fct_build_log set started_at = ?", [built])
        assert shop.export() == code
    assert "stale" in capsys.readouterr().err
    assert shop.export("--max-age-days", "40") == 0
    assert shop.export("--max-age-days", "0") == 2  # 0 days are not the default


def test_faults_are_one_line(shop, capsys, monkeypatch, tmp_path):
    shop.members(("m", "entered", False, True))
    assert shop.export(name="../x") == 2
    assert shop.export("--suppress", str(tmp_path / "none.csv")) == 2
    monkeypatch.setenv("MEMBER_LOYALTY_EXPORT_KEY", "too short")
    assert shop.export() == 2
    assert shop.export("--ids", "raw") == 0
    assert export_audience.main(["lapsed", "--db", str(tmp_path / "none.duckdb")]) == 2
    lines = capsys.readouterr().err.splitlines()
    wanted = ["no audience ../x; there are lapsed", "none.csv", "MEMBER_LOYALTY_EXPORT_KEY", "make"]
    assert len(lines) == len(wanted)
    assert all(word in line for word, line in zip(wanted, lines))


def test_a_folder_that_was_tidied_up_is_refused(shop, capsys):
    """The state of the last export is gone, or its manifest is none."""
    shop.members(("m", "entered", False, True))
    assert shop.export() == 0
    shop.members(("m", "stayed", False, True), on="2024-02-29")
    (shop.out / "lapsed/lapsed_2024-01-31_hmac-sha256.state.csv").unlink()
    assert shop.export("--since", "last") == 2
    (shop.out / "lapsed/lapsed_2024-01-31_full.csv.manifest.json").write_text("{", "utf-8")
    assert shop.export("--since", "last") == 2
    gone, broken = capsys.readouterr().err.splitlines()
    assert "is gone" in gone and "no manifest" in broken


def test_another_key_is_refused(shop, capsys, monkeypatch):
    """Hashes by two keys in one folder would make every member come and go."""
    shop.members(("m", "entered", False, True))
    assert shop.export() == 0
    shop.members(("m", "stayed", False, True), on="2024-02-29")
    monkeypatch.setenv("MEMBER_LOYALTY_EXPORT_KEY", KEY + "2")
    assert shop.export("--since", "last") == 2
    assert "another key" in capsys.readouterr().err


def test_a_broken_off_export_leaves_no_half_file(shop, monkeypatch):
    """The disk is full at the end of the file: nothing of it stays."""
    shop.members(("m", "entered", False, True))

    def full(path, export):
        path.write_text("half", "utf-8")
        raise OSError("disk full")

    monkeypatch.setitem(export_audience.WRITERS, "csv", full)
    with pytest.raises(OSError, match="disk full"):
        shop.export()
    left = [path.name for path in shop.out.rglob("*") if path.is_file()]
    assert left == []
