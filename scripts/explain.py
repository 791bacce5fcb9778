"""Tells why a member has each label: score, segment, stage.

Usage: explain.py MEMBER [--db DB] [--date YYYY-MM-DD] [--lang en|zh] [--partition all] [--inputs]

Reads member_explanations, a view on the marts, of a warehouse or of a published copy that
has it. Without --date the last snapshot at which the member was known; --inputs shows the columns
and cut points behind each sentence, too. Ends with one line and exit code 1 where there is nothing
to tell.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
import unicodedata
from datetime import date
from pathlib import Path

import _warehouse
import duckdb

HEADS = {
    "en": ("Member {} at {}", "partition {}", "follows from", "cut points", "none"),
    "zh": ("会员 {}，快照 {}", "分区 {}", "依据", "切点", "无"),
}


def snapshot_of(
    warehouse: duckdb.DuckDBPyConnection, member: str, on: date | None
) -> tuple[date, None] | tuple[None, str]:
    """The snapshot to explain, or why there is none."""
    known = warehouse.execute(
        "select 1 from dim_members where member_id = ? limit 1", [member]
    ).fetchone()
    if not known:
        return None, f"no member {member!r} in dim_members"
    first, last, at_date = warehouse.execute(
        "select min(snapshot_date), max(snapshot_date), count(*) filter (snapshot_date = ?)"
        " from fct_lifecycle_snapshots where member_id = ?",
        [on, member],
    ).fetchone()
    if last is None:
        return None, f"member {member!r} is not known at any snapshot"
    if on is None or at_date:
        return on or last, None
    is_snapshot = warehouse.execute(
        "select 1 from fct_lifecycle_snapshots where snapshot_date = ? limit 1", [on]
    ).fetchone()
    if is_snapshot:
        return None, f"member {member!r} is not known at {on}, but from {first} to {last}"
    near = warehouse.execute(
        "select max(snapshot_date) filter (snapshot_date < $1),"
        " min(snapshot_date) filter (snapshot_date > $1)"
        " from fct_lifecycle_snapshots",
        [on],
    ).fetchone()
    beside = " and ".join(str(day) for day in near if day)
    return None, f"{on} is no snapshot date; beside it: {beside}"


def width(text: str) -> int:
    """Columns that a text takes in a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def explanation(
    warehouse: duckdb.DuckDBPyConnection,
    member: str,
    on: date,
    lang: str,
    partition: str,
    with_inputs: bool,
) -> list[str]:
    """The lines to print: each label, its value and the rule that gave it."""
    rows = warehouse.execute(
        f"select label_{lang}, value, rule_{lang}, inputs, cut_points"
        " from member_explanations"
        " where member_id = ? and snapshot_date = ? and score_partition = ? order by step",
        [member, on, partition],
    ).fetchall()
    title, of_partition, from_word, cut_word, nothing = HEADS[lang]
    lines = [title.format(member, on)]
    lines += [of_partition.format(partition)] if partition != "all" else []
    lines.append("")
    heads = [f"{label}: {nothing if value is None else value}" for label, value, *_ in rows]
    indent = max((width(head) for head in heads), default=0) + 2
    for head, (_, _, rule, inputs, cut_points) in zip(heads, rows, strict=True):
        lines.append(f"  {head}{' ' * (indent - width(head))}{rule}")
        more = [(from_word, inputs), (cut_word, cut_points)] if with_inputs else []
        for word, text in more:
            if text:
                lines += textwrap.wrap(
                    f"{word}: {text}", 110, initial_indent=" " * 6, subsequent_indent=" " * 8
                )
    return lines


def main() -> int:
    """Runs the command line and returns its exit code."""
    parser = argparse.ArgumentParser(description="Why a member has each label.")
    parser.add_argument("member", help="member_id, as it is")
    parser.add_argument("--db", default=_warehouse.default_path(), type=Path, help="DuckDB file")
    parser.add_argument("--date", default="", help="snapshot date; the last one when left out")
    parser.add_argument("--lang", default="en", choices=sorted(HEADS))
    parser.add_argument("--partition", default="all", help="score partition, as platform=web")
    parser.add_argument("--inputs", action="store_true", help="show columns and cut points, too")
    options = parser.parse_args()
    problem = None
    try:
        on = date.fromisoformat(options.date) if options.date else None
        if not options.db.is_file():
            problem = f"{options.db} is no file; build it first: make build"
        else:
            with duckdb.connect(str(options.db), read_only=True) as warehouse:
                _warehouse.find_models(warehouse)
                on, problem = snapshot_of(warehouse, options.member, on)
                if not problem:
                    lines = explanation(
                        warehouse, options.member, on, options.lang, options.partition,
                        options.inputs,
                    )  # fmt: skip
                    if len(lines) < 3 + (options.partition != "all"):
                        problem = f"no scores in partition {options.partition!r} at {on}"
    except ValueError:
        problem = f"{options.date!r} is no date; write it as 2024-01-31"
    except duckdb.Error as error:
        problem = f"{options.db}: {str(error).splitlines()[0]}"
    if problem:
        print(f"explain: {problem}", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
