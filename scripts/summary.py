"""Prints what a build did: rows read and rejected, members by segment and stage, what to do next.

Usage: summary.py [DB]        DB: DuckDB file, default warehouse.duckdb

Reads the warehouse only. Ends with one line and exit code 1 when the file or a mart is missing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import duckdb

# Segment family of the playbook, heading, mart, column that holds the label, which rows.
FAMILIES = [
    ("rfm_segment", "RFM segment", "fct_rfm_scores", "rfm_segment", "score_partition = 'all'"),
    (
        "rfm_value_class",
        "Value class",
        "fct_rfm_scores",
        "rfm_value_class",
        "score_partition = 'all'",
    ),
    ("quadrant", "Quadrant", "fct_member_quadrants", "quadrant", "true"),
    ("lifecycle", "Lifecycle stage", "fct_lifecycle_snapshots", "lifecycle_stage", "true"),
    ("aipl", "AIPL stage (persons)", "fct_aipl_stages", "aipl_stage", "true"),
]

NEXT_STEPS = """\
What next
  look      any client of DuckDB 2.0 or newer on this file; start with marts.dim_members
  describe  make docs: every table and column on one page
  change    seeds/rules/*.csv, vars (make build VARS='{"rfm_window_days": 180}'), macros/rules/
  use       make build RAW=<folder of your own tables> DB=<file>: docs/bring_your_own_data.md"""


def table(rows: Iterable[tuple], heads: tuple[str, ...]) -> list[str]:
    """Lays rows out under their heads, whole numbers to the right with separators.

    Args:
        rows: cells of each row, text or int.
        heads: one head a column.
    """
    rows = list(rows)
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    right = [bool(rows) and isinstance(rows[0][i], int) for i in range(len(heads))]
    widths = [max(len(row[i]) for row in [heads, *cells]) for i in range(len(heads))]

    def line(row: Iterable[str]) -> str:
        padded = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        return ("  " + "  ".join(padded)).rstrip()

    return [line(heads), *(line(row) for row in cells)]


def rows_read(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Says for each raw table how many rows were read, staged and rejected, and why."""
    names = warehouse.execute(
        "select table_name from information_schema.tables"
        " where table_schema = 'staging' and starts_with(table_name, 'stg_') order by 1"
    ).fetchall()
    rejected: dict[str, list[tuple[str, int]]] = {}
    for source, reason, rows in warehouse.execute(
        "select source_table, reason, count(*) as n from marts.rejected_rows"
        " group by 1, 2 order by 1, n desc, 2"
    ).fetchall():
        rejected.setdefault(source, []).append((reason, rows))

    def counts(name: str) -> list[tuple]:
        """The row of one table; further rows where it has more reasons than fit into one."""
        source = name.removeprefix("stg_")
        staged = warehouse.execute(f"select count(*) from staging.{name}").fetchone()[0]
        reasons = [f"{reason} {rows:,}" for reason, rows in rejected.get(source, [])]
        refused = sum(rows for _, rows in rejected.get(source, []))
        why = [", ".join(reasons[i : i + 2]) for i in range(0, len(reasons), 2)] or [""]
        more = [("", "", "", "", line) for line in why[1:]]
        return [(source, staged + refused, staged, refused, why[0]), *more]

    counted = sorted((counts(name) for (name,) in names), key=lambda rows: -rows[0][1])
    heads = ("table", "read", "staged", "rejected", "why")
    return table([row for rows in counted for row in rows], heads)


def members_by(warehouse: duckdb.DuckDBPyConnection, family: tuple[str, ...]) -> list[str]:
    """Counts the members of each label of a segment family at the last snapshot."""
    name, heading, mart, column, condition = family
    found = warehouse.execute(
        f"""
        with latest as (
            select {column} as segment, count(*) as members
            from marts.{mart}
            where {condition} and snapshot_date = (select max(snapshot_date) from marts.{mart})
            group by 1
        )

        select
            coalesce(playbook.label_en, latest.segment) as label,
            latest.segment,
            latest.members,
            format('{{:.1f}} %', 100.0 * members / sum(members) over ()) as share
        from latest
        left join seeds.segment_playbook as playbook
            on latest.segment = playbook.segment and playbook.segment_family = ?
        order by latest.members desc, latest.segment
        """,
        [name],
    ).fetchall()
    rows = [(label, segment, members, share.rjust(7)) for label, segment, members, share in found]
    return table(rows, (heading, "value", "members", "  share")) if rows else [f"  {heading}: none"]


def summary(path: Path) -> str:
    """Returns the whole summary of the warehouse in a DuckDB file."""
    with duckdb.connect(str(path), read_only=True) as warehouse:
        first, last, dates = warehouse.execute(
            "select min(snapshot_date), max(snapshot_date), count(distinct snapshot_date)"
            " from marts.fct_lifecycle_snapshots"
        ).fetchone()
        when = (
            f"{dates} snapshots from {first} to {last} (as_of_date)"
            if dates
            else ("no snapshots: no order is staged by as_of_date")
        )
        parts = ["", f"Member-loyalty warehouse: {when}", "", *rows_read(warehouse)]
        for family in FAMILIES:
            parts += ["", *members_by(warehouse, family)]
    return "\n".join([*parts, "", f"Database: {path.resolve()}", "", NEXT_STEPS])


def main() -> int:
    """Runs the command line and returns its exit code."""
    parser = argparse.ArgumentParser(description="Sum up a built warehouse.")
    parser.add_argument("db", nargs="?", default="warehouse.duckdb", type=Path, help="DuckDB file")
    path = parser.parse_args().db
    if not path.is_file():
        print(f"summary: {path} is no file; build it with: make build DB={path}", file=sys.stderr)
        return 1
    try:
        print(summary(path))
    except duckdb.IOException as error:
        print(f"summary: {path} cannot be opened: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        print(f"summary: {path} is no complete warehouse: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
