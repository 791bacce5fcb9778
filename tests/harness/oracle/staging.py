"""Raw rows to staged rows and rejected rows (specification §1, "Nothing is lost")."""

from zoneinfo import ZoneInfo

from .cells import BadCell, as_bytes, is_blank, json_text, read_cell
from .contract import MEMBER_COLUMNS, TABLES

_CELL_REASONS = ("missing_required", "bad_timestamp", "bad_number", "negative_amount")


def stage(raw: dict, v: dict, seeds: dict) -> tuple[dict, list[dict]]:
    """Split all raw rows.

    Args: `raw` {table: (columns, rows of text cells)}, vars, seeds.
    Returns ({table: staged rows}, rejected rows). A staged row is a dict of parsed contract
    columns, with `raw_cells` (column to text) for columns outside the contract.
    """
    rows = {table: _read(table, raw, v) for table in TABLES}
    _reject_erased(rows)
    statuses = {row["raw_status"] for row in seeds["order_statuses"]}
    for table in TABLES:
        for row in rows[table]:
            if not row["reason"]:
                _reject_cells(table, row, v)
                if table == "orders" and not row["reason"]:
                    _reject_order(row, statuses)
        _reject_superseded(table, rows[table])
    rates = _rates(rows["exchange_rates"])
    for table, date_of in (
        ("orders", lambda r: r["ordered_at"].date()),
        ("marketing_spend", lambda r: r["spend_date"]),
    ):
        for row in _standing(rows[table]):
            values = row["values"]
            values["rate"] = rate_on(rates, values["currency"], date_of(values), v)
            if values["rate"] is None:
                row["reason"], row["column"] = "missing_exchange_rate", "currency"
    # The list puts unknown_order before missing_exchange_rate, but only refunds can have the one
    # and only orders and spend the other, so which comes first makes no difference.
    order_ids = {row["values"]["order_id"] for row in _standing(rows["orders"])}
    for row in _standing(rows["order_refunds"]):
        if row["values"]["order_id"] not in order_ids:
            row["reason"], row["column"] = "unknown_order", "order_id"
    staged = {t: [row["values"] for row in _standing(rows[t])] for t in TABLES}
    rejected = [_rejected(t, row) for t in TABLES for row in rows[t] if row["reason"]]
    return staged, rejected


def rate_on(rates: dict, currency: str | None, on, v: dict):
    """The rate to the reporting currency in force on a date; None when there is none."""
    if currency is None or currency == v["reporting_currency"]:
        return 1
    known = [(rate_date, rate) for rate_date, rate in rates.get(currency, []) if rate_date <= on]
    return max(known)[1] if known else None


def _read(table: str, raw: dict, v: dict) -> list[dict]:
    """The raw rows of a table, none when the source is switched off or absent."""
    if table not in raw or not v.get(f"using_{table}", True):
        return []
    columns, rows = raw[table]
    read = []
    for cells in rows:
        texts = {c: None if is_blank(cell) else cell for c, cell in zip(columns, cells)}
        read.append({"cells": texts, "values": None, "reason": None, "column": None})
    return read


def _standing(rows: list[dict]) -> list[dict]:
    return [row for row in rows if not row["reason"]]


def _reject_erased(rows: dict) -> None:
    """Erased members, the visitors that any identity ties to one, the refunds of their orders."""
    erased = {row["cells"].get("member_id") for row in rows["erasures"]} - {None}
    visitors = {
        row["cells"].get("visitor_id")
        for row in rows["identities"]
        if row["cells"].get("member_id") in erased
    } - {None}
    orders = {
        row["cells"].get("order_id")
        for row in rows["orders"]
        if row["cells"].get("member_id") in erased
    } - {None}
    for table in TABLES:
        if table == "erasures":
            continue
        names = [c.name for c in TABLES[table].columns]
        for row in rows[table]:
            cells = row["cells"]
            if (
                any(cells.get(c) in erased for c in MEMBER_COLUMNS if c in names)
                or "visitor_id" in names
                and cells.get("visitor_id") in visitors
                or table == "order_refunds"
                and cells.get("order_id") in orders
            ):
                row["reason"] = "erased_member"


def _reject_cells(table: str, row: dict, v: dict) -> None:
    """Parse the cells; record the first reason of the list and its first column."""
    zone = ZoneInfo(v["business_timezone"])
    row["values"] = {"raw_cells": row["cells"]}
    defects = {}
    for column in TABLES[table].columns:
        cell = row["cells"].get(column.name)
        value = None
        try:
            value = read_cell(column.default if cell is None else cell, column.type, zone)
            if column.required and value is None:
                raise BadCell("missing_required")
        except BadCell as bad:
            if table != "erasures" or column.name != "requested_at":
                defects.setdefault(bad.args[0], column.name)
        row["values"][column.name] = value
    for reason in _CELL_REASONS:
        if reason in defects:
            row["reason"], row["column"] = reason, defects[reason]
            return


def _reject_order(row: dict, statuses: set) -> None:
    values = row["values"]
    if values["discount_amount"] > values["gross_amount"]:
        row["reason"] = "discount_exceeds_gross"
    elif values["status"] not in statuses:
        row["reason"], row["column"] = "unknown_status", "status"


def _reject_superseded(table: str, rows: list[dict]) -> None:
    """Of each key the greatest standing row wins; a table without a key keeps every row."""
    contract = TABLES[table]
    if not contract.key:
        return

    def rank(row):
        newest = row["values"].get(contract.newest_by)
        texts = [as_bytes(row["cells"].get(c.name)) for c in contract.columns]
        extra = set(row["cells"]) - {c.name for c in contract.columns}
        texts += [as_bytes(cell) for name, cell in row["cells"].items() if name in extra]
        return newest is not None, newest or 0, texts

    winners = {}
    for row in _standing(rows):
        key = tuple(row["values"][column] for column in contract.key)
        loser = row
        if key not in winners or rank(row) > rank(winners[key]):
            loser, winners[key] = winners.get(key), row
        if loser is not None:
            loser["reason"] = "duplicate_superseded"


def _rates(rows: list[dict]) -> dict[str, list]:
    rates = {}
    for row in _standing(rows):
        values = row["values"]
        rates.setdefault(values["currency"], []).append(
            (values["rate_date"], values["rate_to_reporting"])
        )
    return rates


def _rejected(table: str, row: dict) -> dict:
    """One row of rejected_rows; an erased member leaves no text behind."""
    key = TABLES[table].key
    hidden = row["reason"] == "erased_member" or (
        table == "erasures" and row["reason"] == "duplicate_superseded"
    )
    return {
        "source_table": table,
        "row_key": None
        if hidden or not key
        else json_text([row["cells"].get(column) for column in key]),
        "raw_row": None if hidden else json_text(row["cells"]),
        "reason": row["reason"],
        "column_name": row["column"],
    }
