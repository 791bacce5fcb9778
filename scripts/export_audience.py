"""Hand out an audience, or a cross table, as a file with a manifest (docs/activation.md).

Usage: export_audience.py NAME [--format csv|parquet|xlsx] [--since last] [--ids raw] …

NAME is an audience (models/audiences/) or one of agg_rfm_cells, agg_segment_transitions,
agg_score_bounds. A full file holds all members who are in the audience at the last snapshot; with
`--since last` only what has changed since the newest export of an earlier snapshot in the same
folder. Never in a file: members without consent, erased or suppressed ones. Ids are keyed hashes
(HMAC-SHA256, key in the environment variable MEMBER_LOYALTY_EXPORT_KEY) unless `--ids raw`.

The same warehouse and the same earlier exports give the same bytes. Files appear whole or not at
all, the manifest last. Exit code 2 and one line on the error stream say what was wrong.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import hmac
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import _warehouse
import duckdb
from _block_list import TABLE as BLOCK_LIST
from _sql import identifier
from tqdm import tqdm

KEY_VARIABLE = "MEMBER_LOYALTY_EXPORT_KEY"
SUPPRESS_VARIABLE = "MEMBER_LOYALTY_SUPPRESSIONS"
LEAST_KEY = 16
# The date by which the table goes on from export to export, and the columns that sort it.
TABLES = {
    "agg_rfm_cells": (
        "snapshot_date",
        ["snapshot_date", "score_partition", "r_score", "f_score", "m_score"],
    ),
    "agg_segment_transitions": (
        "to_date",
        ["to_date", "segment_family", "from_date", "from_segment", "to_segment"],
    ),
    "agg_score_bounds": (
        "snapshot_date",
        ["snapshot_date", "score_partition", "measure", "within_scores", "score"],
    ),
}
COLUMNS = ["member_id", "action", "variant", "entered_on"]
DAYS_OF = {"day": 1, "week": 7, "month": 31}
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
ESCAPE_RULE = (
    "text cells that begin with = + - @ tab, carriage return, line feed or apostrophe have an"
    " apostrophe put before them; to undo, drop one leading apostrophe"
)
XLSX_ROWS, XLSX_CELL = 1_048_576, 32_767


class ExportError(Exception):
    """One line for the user."""


def neutral(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula; `original` undoes it.

    Args: cell - a text may be changed, anything else is returned as it is.
    """
    return "'" + cell if isinstance(cell, str) and cell.startswith(RISKY) else cell


def original(cell: object) -> object:
    """What `neutral` was given."""
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") else cell


@dataclass
class Export:
    """What goes into a file.

    columns, rows: its content, sorted. about: what the manifest says of it. state: id to variant of
    all who are in the audience now as the file names them, None for a table.
    """

    columns: Sequence[str]
    rows: list[tuple]
    about: dict
    state: dict[str, str] | None = None


# ---------------------------------------------------------------------------------------------
# The warehouse


def opened(path: Path) -> duckdb.DuckDBPyConnection:
    """The warehouse, for reading. Errors: no file, in use, no complete build."""
    if not path.exists():
        raise ExportError(f"{path}: no such warehouse; make build")
    try:
        warehouse = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise ExportError(f"{path}: {str(error).splitlines()[0]}") from None
    _warehouse.find_models(warehouse)
    if not _warehouse.complete_build(warehouse):
        raise ExportError(f"{path}: no build has come to its end since the last began; make build")
    return warehouse


def built_at(warehouse: duckdb.DuckDBPyConnection) -> datetime | None:
    """When the last build began, UTC."""
    return warehouse.execute("select max(started_at) from fct_build_log").fetchone()[0]


def check_age(warehouse: duckdb.DuckDBPyConnection, days: int) -> None:
    """Refuses a warehouse whose last build began more than so many days ago."""
    built = built_at(warehouse)
    limit = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)
    if built is None or built < limit:
        when = f"{built:%Y-%m-%d %H:%M} UTC" if built else "never"
        raise ExportError(
            f"the warehouse is stale: built {when}, more than {days} days ago;"
            " build again, or say how old it may be with --max-age-days"
        )


def last_snapshot(warehouse: duckdb.DuckDBPyConnection) -> date:
    """The date of the last snapshot. Errors: there is none."""
    found = _warehouse.as_of_date(warehouse)
    if found is None:
        raise ExportError("the warehouse has no snapshot: there is no order by as_of_date")
    return found


def erased_ids(warehouse: duckdb.DuckDBPyConnection) -> set[str]:
    """Ids of all erasures: those of the build, and those in a raw table `erasures` since then.

    Errors: `make erase` has given up ids that the marts may still hold.
    """
    listed = warehouse.execute(
        f"select table_schema from information_schema.tables where table_name = '{BLOCK_LIST}'"
    ).fetchall()
    for (schema,) in listed:
        if warehouse.execute(
            f"select 1 from {identifier(schema)}.{BLOCK_LIST}"
            " where member_token not in (select member_id from stg_erasures) limit 1"
        ).fetchone():
            raise ExportError("an erasure is under way: make build, or make erase again")
    schemas = warehouse.execute(
        "select table_schema from information_schema.columns"
        " where lower(table_name) = 'erasures' and lower(column_name) = 'member_id'"
    ).fetchall()
    queries = ["select member_id from stg_erasures"]
    queries += [
        f"select cast(member_id as varchar) from {identifier(schema)}.erasures"
        for (schema,) in schemas
    ]
    rows = warehouse.execute(" union ".join(queries)).fetchall()
    return {member_id for (member_id,) in rows if member_id is not None}


# ---------------------------------------------------------------------------------------------
# What to export


def suppressed_ids(
    warehouse: duckdb.DuckDBPyConnection, paths: Iterable[Path], erased: set[str]
) -> set[str]:
    """The ids in the first column of CSV files without a header, also where a spreadsheet's
    apostrophe stands before them. Errors: a file cannot be read, or names nobody who was ever a
    member: hashes, or another column."""
    members = {row[0] for row in warehouse.execute("select member_id from dim_members").fetchall()}
    found = set()
    for path in paths:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                listed = {row[0] for row in csv.reader(file, strict=True) if row}
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ExportError(f"{path}: {error}") from None
        listed |= {original(cell) for cell in listed}
        if listed and not listed & (members | erased):
            raise ExportError(
                f"{path}: none of its ids is a member's; the first column must hold ids as they are"
                " in the raw data, not hashed ones"
            )
        found |= listed
    return found


def id_writer(raw: bool) -> tuple[Callable[[str], str], dict]:
    """How ids are written, and what the manifest says of it. Errors: no key, or a short one."""
    if raw:
        return str, {"ids": "raw"}
    key = os.environ.get(KEY_VARIABLE, "").encode()
    if len(key) < LEAST_KEY:
        raise ExportError(
            f"set {KEY_VARIABLE} to a secret of {LEAST_KEY} bytes or more: ids are written as keyed"
            " hashes; or ask for --ids raw"
        )

    return partial(hashed, key), {"ids": "hmac-sha256", "key_check": key_check(key)}


def hashed(key: bytes, member_id: str) -> str:
    """An id as it is written."""
    return hmac.new(key, member_id.encode(), hashlib.sha256).hexdigest()


def key_check(key: bytes) -> str:
    """What tells whether two exports were written with the same key."""
    return hashed(key, "key check")[:8]


def audience_export(
    warehouse: duckdb.DuckDBPyConnection,
    about: dict,
    write_id: Callable[[str], str],
    withheld: tuple[set[str], set[str]],
    before: dict[str, str],
    base: dict[str, str] | None,
    variant: str,
) -> Export:
    """The members of an audience as they may be handed out.

    Args:
        about: the audience's row of dim_audiences.
        withheld: erased and suppressed ids.
        before: id to variant at the last exports; who is in it keeps the variant.
        base: the same of the export that a delta is a delta to; None for a full file.
        variant: treatment, control or all.
    """
    erased, suppressed = withheld
    now: dict[str, tuple[str, str]] = {}
    may_be_named, excluded = set(), Counter()
    members = warehouse.execute(
        "select member_id, status, is_control, has_consent, entered_on"
        " from fct_audience_members where audience = ?",
        [about["audience"]],
    ).fetchall()
    for member_id, status, is_control, has_consent, entered_on in tqdm(
        members, desc="members", unit=" rows", disable=None
    ):
        if member_id in erased or member_id in suppressed or has_consent is False:
            if status != "left":
                reason = "no_consent" if has_consent is False else "suppressed"
                excluded["erased" if member_id in erased else reason] += 1
            continue
        written = write_id(member_id)
        may_be_named.add(written)
        if status != "left":
            side = before.get(written, "control" if is_control else "treatment")
            now[written] = (side, entered_on.isoformat())
    wanted = {"treatment", "control"} if variant == "all" else {variant}
    rows = [
        (written, "add", side, entered_on)
        for written, (side, entered_on) in now.items()
        if side in wanted and written not in (base or {})
    ]
    gone = set(base or {}) - now.keys()
    may_be_named |= contactable(warehouse, gone - may_be_named, write_id, erased | suppressed)
    rows += [
        (written, "remove", base[written], None)
        for written in gone & may_be_named
        if base[written] in wanted
    ]
    about = about | {
        "excluded": {key: excluded[key] for key in ("erased", "no_consent", "suppressed")},
        "not_named_removals": len(gone - may_be_named),
        "rows_by_action_and_variant": {
            f"{action} {side}": count
            for (action, side), count in sorted(Counter(row[1:3] for row in rows).items())
        },
    }
    state = {written: side for written, (side, _) in now.items()}
    return Export(COLUMNS, sorted(rows, key=lambda row: row[0].encode()), about, state)


def contactable(
    warehouse: duckdb.DuckDBPyConnection,
    ids: set[str],
    write_id: Callable[[str], str],
    withheld: set[str],
) -> set[str]:
    """Those of some written ids whose member still is one and has not withdrawn consent."""
    if not ids:
        return set()
    rule = warehouse.execute("select any_value(checks_consents) from dim_audiences").fetchone()
    members = warehouse.execute(
        "select members.member_id from dim_members as members"
        " left join int_member_consents as consents using (member_id)"
        " where not members.is_closed and (consents.has_consent or not ?)",
        [bool(rule[0])],
    ).fetchall()
    written = (write_id(member_id) for (member_id,) in members if member_id not in withheld)
    return ids & set(written)


def restated(warehouse: duckdb.DuckDBPyConnection, name: str, last: dict) -> bool:
    """Whether rows of a cross table that an export holds may have changed or gone since."""
    held = date.fromisoformat(last["snapshot_date"])
    changed, stands = warehouse.execute(
        "select (select min(restated_from) <= $1 from fct_build_log where started_at > $2),"
        f" exists (select 1 from {name} where {TABLES[name][0]} = $1)",
        [held, datetime.fromisoformat(last.get("built_at", "0001-01-01"))],
    ).fetchone()
    return bool(changed) or not stands


def table_export(warehouse: duckdb.DuckDBPyConnection, name: str, since: date | None) -> Export:
    """A cross table, whole or from the day after a date on."""
    dated_by, order = TABLES[name]
    found = warehouse.execute(
        f"select * from {name} where {dated_by} > coalesce(?, date '0001-01-01')"
        f" order by {', '.join(order)}",
        [since],
    )
    columns = [column[0] for column in found.description]
    return Export(columns, found.fetchall(), {"table": name, "consent_rule": "names no member"})


# ---------------------------------------------------------------------------------------------
# Files


def atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a new file beside `path`, then puts it in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        write(Path(name))
        with open(name, "rb") as file:  # noqa: PTH123
            os.fsync(file.fileno())
        os.chmod(name, 0o600)  # noqa: PTH101
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def shown(rows: Sequence[tuple]) -> Iterator[tuple]:
    """The rows, with a progress bar on a terminal."""
    return iter(tqdm(rows, desc="writing", unit=" rows", disable=None))


def write_csv(path: Path, export: Export) -> None:
    """UTF-8, a header, RFC 4180 with CRLF; null is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(export.columns)
        for row in shown(export.rows):
            writer.writerow(["" if cell is None else neutral(cell) for cell in row])


def write_parquet(path: Path, export: Export) -> None:
    """Typed columns, texts as they are."""
    import polars

    texts = dict.fromkeys(COLUMNS, polars.String) if export.columns == COLUMNS else None
    frame = polars.DataFrame(
        export.rows, schema=list(export.columns), orient="row", infer_schema_length=None
    )
    (frame.cast(texts) if texts else frame).write_parquet(path)


def write_xlsx(path: Path, export: Export) -> None:
    """One sheet; every text is a text cell, dates are ISO texts."""
    import xlsxwriter

    if len(export.rows) >= XLSX_ROWS:
        raise ExportError(f"{len(export.rows):,} rows do not fit into a sheet; take csv or parquet")
    # Its working files hold ids: beside the file, where `make erase` finds them after a kill.
    with (
        tempfile.TemporaryDirectory(prefix=path.name[:-8], dir=path.parent) as work,
        xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "strings_to_numbers": False, "tmpdir": work}
        ) as book,
    ):
        book.set_properties({"created": datetime(2000, 1, 1)})
        sheet = book.add_worksheet("export")
        sheet.write_row(0, 0, export.columns)
        for number, row in enumerate(shown(export.rows), start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, (int, float)) or hasattr(cell, "as_tuple"):
                    sheet.write_number(number, column, cell)
                elif cell is not None:
                    text = str(neutral(cell.isoformat() if isinstance(cell, date) else cell))
                    if len(text) > XLSX_CELL:
                        raise ExportError("a text is too long for a sheet; take csv or parquet")
                    sheet.write_string(number, column, text)


WRITERS = {"csv": write_csv, "parquet": write_parquet, "xlsx": write_xlsx}


def write_state(path: Path, state: dict[str, str]) -> None:
    """Id and variant of all who are in the audience: what the next delta is a delta to."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(
            sorted(state.items(), key=lambda item: item[0].encode())
        )


def last_exports(folder: Path, snapshot: date, ids: str, variant: str | None = None) -> list[dict]:
    """The manifests of the newest earlier snapshot that was exported with ids written so, by their
    files; of one variant, or of any."""
    found = []
    for path in folder.glob("*.manifest.json"):
        try:
            manifest = json.loads(path.read_text("utf-8"))
        except ValueError:
            raise ExportError(f"{path}: no manifest; remove it, or take another --out") from None
        if (
            manifest["snapshot_date"] < snapshot.isoformat()
            and manifest.get("ids", ids) == ids
            and (variant is None or manifest["variant"] == variant)
        ):
            found.append(manifest)
    newest = max((manifest["snapshot_date"] for manifest in found), default=None)
    found = [manifest for manifest in found if manifest["snapshot_date"] == newest]
    return sorted(found, key=lambda manifest: manifest["file"])


def read_state(path: Path) -> dict[str, str]:
    """What write_state wrote. Errors: it is gone."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return dict(csv.reader(file, strict=True))
    except FileNotFoundError:
        raise ExportError(f"{path} is gone: take another --out for a full file") from None


def save(folder: Path, export: Export, manifest: dict, file_format: str) -> Path:
    """Takes the manifest of a file of that name away, writes file, state and manifest, in this
    order. Returns the file's path; a variant alone and raw ids are in its name."""
    stem = f"{folder.name}_{manifest['snapshot_date']}"
    variant = f"_{manifest['variant']}" if manifest.get("variant", "all") != "all" else ""
    raw = "_raw" if manifest.get("ids") == "raw" else ""
    path = folder / f"{stem}_{manifest['mode']}{variant}{raw}.{file_format}"
    about = path.with_name(path.name + ".manifest.json")
    about.unlink(missing_ok=True)  # a file without one is not complete
    atomically(path, lambda at: WRITERS[file_format](at, export))
    if export.state is not None:
        manifest["state"] = f"{stem}{variant}_{manifest['ids']}.state.csv"
        atomically(folder / manifest["state"], lambda at: write_state(at, export.state))
    manifest |= {
        "file": path.name,
        "format": file_format,
        "columns": list(export.columns),
        "rows": len(export.rows),
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "spreadsheet_formulas": "texts as they are" if file_format == "parquet" else ESCAPE_RULE,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    atomically(about, lambda at: at.write_text(text, "utf-8"))
    return path


# ---------------------------------------------------------------------------------------------
# The command


def export_audience(arguments: argparse.Namespace) -> Path:
    """Does what the command line asks. Returns the path of the file."""
    warehouse = opened(arguments.db)
    snapshot = last_snapshot(warehouse)
    folder = arguments.out / arguments.name
    manifest = {"snapshot_date": snapshot.isoformat(), "since": None, "mode": "full"}
    is_table = arguments.name in TABLES
    if is_table:
        check_age(warehouse, oldest(arguments, DAYS_OF["month"]))
        ids: dict = {}
    else:
        about = audience(warehouse, arguments.name)
        check_age(warehouse, oldest(arguments, DAYS_OF[about["refresh"]] + 1))
        write_id, ids = id_writer(arguments.ids == "raw")
    earlier = last_exports(folder, snapshot, ids.get("ids", ""))
    for last in earlier:
        if last.get("key_check") != ids.get("key_check"):
            raise ExportError(f"{last['file']} was written with another key; take another --out")
    if is_table:
        manifest["built_at"] = built_at(warehouse).isoformat()
        base = earlier[-1] if arguments.since and earlier else None
        if base and restated(warehouse, arguments.name, base):
            print(f"{base['file']} holds rows restated since: this file is whole", file=sys.stderr)
            base = None
        since = date.fromisoformat(base["snapshot_date"]) if base else None
        export = table_export(warehouse, arguments.name, since)
    else:
        variant = arguments.variant
        same = last_exports(folder, snapshot, ids["ids"], variant) if arguments.since else []
        base = same[-1] if same else None
        erased = erased_ids(warehouse)
        withheld = erased, suppressed_ids(warehouse, arguments.suppress, erased)
        sides: dict[str, str] = {}
        for last in earlier:
            sides |= read_state(folder / last["state"])
        held = read_state(folder / base["state"]) if base else None
        export = audience_export(warehouse, about, write_id, withheld, sides, held, variant)
        use_by = snapshot + timedelta(days=DAYS_OF[about["refresh"]])
        manifest |= {"use_by": use_by.isoformat(), "variant": variant}
    if base:
        manifest |= {"since": base["snapshot_date"], "mode": "delta"}
    return save(folder, export, manifest | ids | export.about, arguments.format)


def oldest(arguments: argparse.Namespace, by_default: int) -> int:
    """How many days old the last build may be."""
    return by_default if arguments.max_age_days is None else arguments.max_age_days


def audience(warehouse: duckdb.DuckDBPyConnection, name: str) -> dict:
    """The audience's row of dim_audiences as texts. Errors: there is no such audience."""
    found = warehouse.execute("select * from dim_audiences where audience = ?", [name])
    columns, row = [column[0] for column in found.description], found.fetchone()
    if row is None:
        names = warehouse.execute("select audience from dim_audiences order by 1").fetchall()
        known = [*(found[0] for found in names), *TABLES]
        raise ExportError(f"no audience {name}; there are {', '.join(known)}")
    return {
        key: cell if isinstance(cell, bool) else str(cell)
        for key, cell in zip(columns, row, strict=True)
    }


def parsed(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", metavar="NAME", help="audience, or a cross table")
    parser.add_argument("--format", choices=WRITERS, default="csv")
    parser.add_argument("--since", choices=["last"], help="what has changed since the last export")
    parser.add_argument("--ids", choices=["hashed", "raw"], default="hashed")
    parser.add_argument("--variant", choices=["all", "treatment", "control"], default="all")
    parser.add_argument("--suppress", type=Path, action="append", help="CSV of ids to leave out")
    parser.add_argument("--db", type=Path, help="default: MEMBER_LOYALTY_DB or warehouse.duckdb")
    parser.add_argument("--out", type=Path, default=Path("exports"), help="default: exports")
    parser.add_argument("--max-age-days", type=int, help="how old the last build may be")
    arguments = parser.parse_args(words)
    arguments.db = arguments.db or _warehouse.default_path()
    listed = os.environ.get(SUPPRESS_VARIABLE)
    arguments.suppress = [*(arguments.suppress or []), *([Path(listed)] if listed else [])]
    return arguments


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command. Returns the exit code."""
    arguments = parsed(words)
    try:
        path = export_audience(arguments)
    except ExportError as error:
        print(f"export_audience: {error}", file=sys.stderr)
        return 2
    manifest = json.loads(path.with_name(path.name + ".manifest.json").read_text("utf-8"))
    print(f"{path}: {manifest['rows']:,} rows, {manifest['mode']}", end="")
    print(f" since {manifest['since']}" if manifest["since"] else "", end="")
    print(f", snapshot {manifest['snapshot_date']}; consent: {manifest['consent_rule']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
