"""Where two sets of marts differ, in words."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal

KEYS = {
    "dim_members": ("member_id",),
    "fct_orders": ("order_id",),
    "fct_referrals": ("referral_id",),
    "fct_rfm_scores": ("snapshot_date", "score_partition", "member_id"),
    "fct_loyalty_scores": ("snapshot_date", "member_id"),
    "fct_member_quadrants": ("snapshot_date", "member_id"),
    "fct_lifecycle_snapshots": ("snapshot_date", "member_id"),
    "fct_aipl_stages": ("snapshot_date", "person_id"),
    "agg_score_bounds": (
        "snapshot_date",
        "score_partition",
        "measure",
        "within_scores",
        "score",
    ),
    "agg_score_rules": ("snapshot_date", "score_partition", "measure"),
    "dim_rfm_cells": ("rfm_cell",),
    "agg_rfm_cells": ("snapshot_date", "score_partition", "r_score", "f_score", "m_score"),
    "agg_segment_transitions": (
        "segment_family",
        "from_date",
        "to_date",
        "from_segment",
        "to_segment",
    ),
    "agg_population_shares": ("subject", "from_date", "to_date", "label"),
    "agg_population_stability": ("subject", "from_date", "to_date"),
    "agg_aarrr": ("period_grain", "period_start", "channel"),
    "agg_cohort_retention": ("cohort_month", "channel", "months_since"),
    "fct_member_tags": ("member_id", "tag_family", "valid_from"),
    "fct_next_steps": ("member_id", "measure"),
    "fct_next_actions": ("member_id",),
    "dim_audiences": ("audience",),
    "fct_audience_members": ("audience", "member_id"),
    "agg_campaign_lift": ("campaign_id", "variant"),
    "staged_rows": ("source_table",),
}


def compare(
    expected: dict[str, list[dict]], actual: dict[str, list[dict]], limit: int = 20
) -> list[str]:
    """Say where `actual` differs from `expected`; an empty list means that they are equal.

    Args: {mart: rows} each; every mart of `expected` is compared as a multiset of rows, cell by
    cell with its type (whole numbers, decimals and floats are one type, compared exactly; a
    boolean is no number, a date is no timestamp). `limit` cuts the lines of one mart.
    """
    lines = []
    for mart, rows in expected.items():
        found = _differences(mart, rows, actual.get(mart))
        lines += found[:limit]
        if len(found) > limit:
            lines.append(f"{mart}: … and {len(found) - limit} more differences")
    return lines


def _differences(mart: str, expected: list[dict], actual: list[dict] | None) -> list[str]:
    if actual is None:
        return [f"{mart}: is missing"]
    columns = list((expected or actual or [{}])[0])
    odd = set(columns) ^ set((actual or expected or [{}])[0])
    if odd:
        return [
            f"{mart}: column {name} is " + ("missing" if name in columns else "not expected")
            for name in sorted(odd)
        ]
    wanted = Counter(_frozen(row, columns) for row in expected)
    got = Counter(_frozen(row, columns) for row in actual)
    missing, extra = wanted - got, got - wanted
    key = KEYS.get(mart, ())
    lines = []
    for row in _sorted(missing):
        twin = _twin(row, extra, key)
        if twin is None:
            lines.append(f"{mart}: lacks {missing[row]} × {_shown(row)}")
            continue
        extra[twin] -= 1
        other = dict(twin)
        changes = [
            f"{name} expected {_text(cell)}, got {_text(other[name])}"
            for name, cell in row
            if cell != other[name]
        ]
        where = ", ".join(_text(dict(row)[name]) for name in key)
        lines.append(f"{mart} ({where}): {'; '.join(changes)}")
    lines += [f"{mart}: has {extra[row]} × {_shown(row)} too many" for row in _sorted(+extra)]
    return lines


def _frozen(row: dict, columns: list[str]) -> tuple:
    return tuple((column, _cell(row[column])) for column in columns)


def _cell(value) -> tuple:
    """A cell as (type, value) so that only equal cells of one type are equal."""
    if value is None:
        return ("null", None)
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, (int, Decimal)):
        return ("number", Decimal(value).normalize())
    if isinstance(value, float):
        return ("number", Decimal(repr(value)).normalize())
    if isinstance(value, datetime):
        return ("timestamp", value)
    if isinstance(value, date):
        return ("date", value)
    if isinstance(value, str):
        return ("text", value)
    return (type(value).__name__, repr(value))


def _twin(row: tuple, extra: Counter, key: tuple) -> tuple | None:
    """The surplus row with the same key as a missing one."""
    if not key:
        return None
    wanted = [dict(row)[name] for name in key]
    return next(
        (other for other in _sorted(+extra) if [dict(other)[name] for name in key] == wanted), None
    )


def _sorted(rows: Counter) -> list[tuple]:
    return sorted(rows, key=repr)


def _text(cell: tuple) -> str:
    kind, value = cell
    if kind == "text":
        return repr(value)
    if kind == "number":
        return f"{value:f}"
    return "null" if value is None else str(value)


def _shown(row: tuple) -> str:
    return "{" + ", ".join(f"{name}: {_text(cell)}" for name, cell in row) + "}"
