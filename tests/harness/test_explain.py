"""Why a member has each label: the command, a published copy, words for every outcome."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Warehouse

ORDERS = ["order_id", "member_id", "ordered_at", "gross_amount"]
MEMBERS = ["member_id", "registered_at", "joined_at"]


@pytest.fixture(scope="module")
def warehouse(make_warehouse) -> Warehouse:
    """m1 buys twice, m2 once, m3 joins in March and m4 never; February and March are snapshots."""
    orders = [("o1", "m1", "2024-01-15", "10"), ("o2", "m1", "2024-02-20", "30")]
    orders += [("o3", "m2", "2024-01-20", "20"), ("o4", "m2", "2024-03-31", "5")]
    members = [(m, "2024-01-01", "2024-01-01") for m in ("m1", "m2")]
    members += [("m3", "2024-03-03", "2024-03-03"), ("m4", "2024-03-01", None)]
    made = make_warehouse().load({"orders": (ORDERS, orders), "members": (MEMBERS, members)})
    made.build(parsed_with={}).check()
    return made


def explain(path: Path, *words: str) -> subprocess.CompletedProcess:
    """Runs scripts/explain.py."""
    command = [sys.executable, str(PROJECT / "scripts/explain.py"), "--db", str(path), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_tells_each_label_with_its_rule(warehouse):
    done = explain(warehouse.path, "m1", "--inputs")
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == "Member m1 at 2024-03-31"
    assert (
        "Recency score: 4 40 days since the last valid order, among the values 40–40 of score 4."
        in lines
    )
    assert "follows from: recency_days = 40; has_order = true" in lines
    assert "cut points: 5 [0–0] 4 [40–40]" in lines
    assert (
        "Lifecycle stage: growth Bought again after joining (joined 2024-01-01, last order"
        " 2024-02-20); not both in the upper half: frequency 0, order value 1."
    ) in lines


def test_the_command_speaks_chinese_and_of_the_past(warehouse):
    done = explain(warehouse.path, "m2", "--lang", "zh", "--date", "2024-02-29")
    assert done.stdout.startswith("会员 m2，快照 2024-02-29")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "近度得分（R）: 4 最近一次有效订单距今 40 天，属于 4 分的取值 40–40。" in lines
    web = explain(warehouse.path, "m2", "--partition", "platform=unknown").stdout
    assert "partition platform=unknown" in web and "Quadrant" not in web


@pytest.mark.parametrize(
    "words, message",
    [
        (["nobody"], "explain: no member 'nobody' in dim_members"),
        (["m1", "--date", "2024-03-30"],
         "explain: 2024-03-30 is no snapshot date; beside it: 2024-02-29 and 2024-03-31"),
        (["m3", "--date", "2024-02-29"],
         "explain: member 'm3' is not known at 2024-02-29, but from 2024-03-31 to 2024-03-31"),
        (["m1", "--date", "2024-13-01"],
         "explain: '2024-13-01' is no date; write it as 2024-01-31"),
        (["m1", "--partition", "platform=web"],
         "explain: no scores in partition 'platform=web' at 2024-03-31"),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_is_said_in_one_line(warehouse, words, message):
    done = explain(warehouse.path, *words)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", message + "\n")


def test_a_member_who_is_not_enrolled_is_explained(warehouse):
    done = explain(warehouse.path, "m4")
    assert "latent" in done.stdout and "Not enrolled on 2024-03-31 (joined none)." in done.stdout


def test_it_works_on_a_copy_of_the_marts_alone(warehouse, tmp_path):
    """A file of the same name with the tables of schema marts, and the view: nothing else."""
    copy = tmp_path / warehouse.path.name
    query = "from explain.member_explanations order by all"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse.path}' as source (read_only)")
        connection.execute(f"attach '{copy}' as {copy.stem}")
        connection.execute(f"create schema {copy.stem}.marts; create schema {copy.stem}.explain")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'source'"
            " and schema_name = 'marts'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(
                f"create table {copy.stem}.marts.{table} as from source.marts.{table}"
            )
        view = connection.execute(
            "select sql from duckdb_views() where database_name = 'source'"
            " and view_name = 'member_explanations'"
        ).fetchone()[0]
        connection.execute(f"use {copy.stem}; {view}")
    with duckdb.connect(str(copy), read_only=True) as connection:
        assert connection.execute(query).fetchall() == warehouse.query(query)


def test_a_segment_without_words_fails(make_warehouse):
    """A stage that the playbook gets before macros/explain has words for it."""
    made = make_warehouse()
    build = {"command": "test", "select": "every_segment_has_words", "parsed_with": {}}
    assert made.build(**build).success
    for family in ("lifecycle", "aipl", "quadrant", "loyalty_band", "rfm_value_class"):
        made.query(
            "insert into seeds.segment_playbook (segment_family, segment, priority)"
            f" values ('{family}', 'new_one', 99999)"
        )
        assert made.build(**build).failures == {"every_segment_has_words"}, family
        made.query("delete from seeds.segment_playbook where segment = 'new_one'")


def test_every_label_has_a_name_in_both_languages(warehouse):
    labels = warehouse.query(
        "select distinct label, label_en, label_zh from explain.member_explanations"
    )
    assert len(labels) == 22
    assert all(re.search("[\u4e00-\u9fff]", zh) and en.isascii() for _, en, zh in labels)


def test_bounds_contradict_nested_scores(make_warehouse):
    """score_thresholds may hold recency where scores are nested; frequency and money not."""
    made = make_warehouse()
    test = {"command": "test", "select": "seed_score_thresholds_are_sound", "parsed_with": {}}
    columns = ["measure", "score", "lower_bound"]
    for measure, method, is_sound in (
        ("frequency", "independent", True),
        ("recency", "nested", True),
        ("frequency", "nested", False),
        ("monetary", "nested", False),
    ):
        made.seeds({"score_thresholds": (columns, [(measure, "1", "2")])})
        assert made.build(vars={"rfm_method": method}, **test).success == is_sound, measure
