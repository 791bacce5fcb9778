"""Prints what a build did: rows read and rejected, members by segment and stage, what to do next.

Usage: summary.py [DB] [--plan]        DB: DuckDB file, default MEMBER_LOYALTY_DB

--plan prints what the next build would restate, and nothing else.

Reads the warehouse only. Ends with one line and exit code 1 when the file or a mart is missing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import _warehouse
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
  look      the published copy, in any BI tool: docs/bi.md; start with marts.dim_members
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
        " where list_contains(current_schemas(false), table_schema)"
        " and starts_with(table_name, 'stg_') order by 1"
    ).fetchall()
    rejected: dict[str, list[tuple[str, int]]] = {}
    for source, reason, rows in warehouse.execute(
        "select source_table, reason, count(*) as n from rejected_rows"
        " group by 1, 2 order by 1, n desc, 2"
    ).fetchall():
        rejected.setdefault(source, []).append((reason, rows))

    def counts(name: str) -> list[tuple]:
        """The row of one table; further rows where it has more reasons than fit into one."""
        source = name.removeprefix("stg_")
        staged = warehouse.execute(f"select count(*) from {name}").fetchone()[0]
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
            from {mart}
            where {condition} and snapshot_date = (select max(snapshot_date) from {mart})
            group by 1
        )

        select
            coalesce(playbook.label_en, latest.segment) as label,
            latest.segment,
            latest.members,
            format('{{:.1f}} %', 100.0 * members / sum(members) over ()) as share
        from latest
        left join segment_playbook as playbook
            on latest.segment = playbook.segment and playbook.segment_family = ?
        order by latest.members desc, latest.segment
        """,
        [name],
    ).fetchall()
    rows = [(label, segment, members, share.rjust(7)) for label, segment, members, share in found]
    return table(rows, (heading, "value", "members", "  share")) if rows else [f"  {heading}: none"]


def changes(rows: list[tuple]) -> str:
    """Says what changed and since when. Args: rows - (input, earliest date) each."""
    return ", ".join(f"{name} from {on}" if on else name for name, on in rows)


def snapshots_of(number: int) -> str:
    """A number of snapshots in words."""
    return f"{number:,} snapshot{'' if number == 1 else 's'}"


def restated(warehouse: duckdb.DuckDBPyConnection) -> str:
    """Says what the last build restated, and why."""
    rows = warehouse.execute(
        "select input, earliest_on, restated_from, snapshots_restated, rows_restated, seconds"
        " from fct_build_log"
        " where build_id = (select arg_max(build_id, started_at) from fct_build_log)"
        " order by earliest_on, input"
    ).fetchall()
    if not rows or rows[0][0] == "nothing":
        return "Restated: nothing, for nothing has changed since the build before."
    _, _, since, snapshots, written, seconds = rows[0]
    what = (
        f"{snapshots_of(snapshots)} from {since} on, {written:,} rows"
        if snapshots
        else "no snapshot"
    )
    return f"Restated: {what}, in {seconds} s. Why: {changes([row[:2] for row in rows])}."


def plan(path: Path) -> str:
    """Returns what the next build of the warehouse in a DuckDB file would restate."""
    with duckdb.connect(str(path), read_only=True) as warehouse:
        _warehouse.find_models(warehouse)
        causes = warehouse.execute(
            "select input, earliest_on, touches_snapshots from int_restatement_causes"
            " where earliest_on is not null order by earliest_on, input"
        ).fetchall()
        since = min((on for _, on, touches in causes if touches), default=None)
        due = warehouse.execute(
            "select count(*), min(snapshot_date), max(snapshot_date)"
            " from int_snapshot_dates where is_published and snapshot_date >= ?",
            [since],
        ).fetchone()
    if not causes:
        return "Plan: nothing has changed, a build would restate nothing."
    which = f"{snapshots_of(due[0])}, {due[1]} to {due[2]}" if due[0] else "no snapshot"
    return f"Plan: a build would restate {which}. Why: {changes([row[:2] for row in causes])}."


def summary(path: Path) -> str:
    """Returns the whole summary of the warehouse in a DuckDB file."""
    with duckdb.connect(str(path), read_only=True) as warehouse:
        _warehouse.find_models(warehouse)
        first, last, dates = warehouse.execute(
            "select min(snapshot_date), max(snapshot_date), count(distinct snapshot_date)"
            " from fct_lifecycle_snapshots"
        ).fetchone()
        when = (
            f"{dates} snapshots from {first} to {last} (as_of_date)"
            if dates
            else ("no snapshots: no order is staged by as_of_date")
        )
        parts = ["", f"Member-loyalty warehouse: {when}", restated(warehouse)]
        parts += ["", *rows_read(warehouse)]
        for family in FAMILIES:
            parts += ["", *members_by(warehouse, family)]
    return "\n".join([*parts, "", f"Database: {path.resolve()}", "", NEXT_STEPS])


def main() -> int:
    """Runs the command line and returns its exit code."""
    parser = argparse.ArgumentParser(description="Sum up a built warehouse.")
    parser.add_argument(
        "db", nargs="?", default=_warehouse.default_path(), type=Path, help="DuckDB file"
    )
    parser.add_argument("--plan", action="store_true", help="what the next build would restate")
    options = parser.parse_args()
    path = options.db
    if not path.is_file():
        print(
            f"summary: {path} is no file; build it with: make build RAW=<folder> DB={path}",
            file=sys.stderr,
        )
        return 1
    try:
        print(plan(path) if options.plan else summary(path))
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
