"""How one raw cell is read (specification §1, "Cells"), and how exact values are rounded."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")
_LIMITS = {"amount": (10, 6), "count": (10, 6), "rate": (6, 12)}


class BadCell(Exception):
    """A cell that breaks its contract; the one argument is the reject reason."""


def is_blank(cell: str | None) -> bool:
    """True for a cell that is absent, empty or made of U+0020 only."""
    return cell is None or cell.strip(" ") == ""


def read_timestamp(text: str, zone: ZoneInfo) -> datetime:
    """The local time in `zone`, without tzinfo; raises BadCell("bad_timestamp")."""
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        raise BadCell("bad_timestamp")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        local = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            micros,
        )
        if offset is None:
            return local
        return _shifted(local.replace(tzinfo=_offset(offset)), zone)
    except (ValueError, OverflowError):
        raise BadCell("bad_timestamp") from None


def _shifted(moment: datetime, zone: ZoneInfo) -> datetime:
    """The local time in `zone`; ValueError when it is not in the years 1 to 9999. Python's calendar
    ends there on the way, too: the calendar of 400 years before or after is the same."""
    years = 400 if moment.year == 1 else -400 if moment.year == 9999 else 0
    local = moment.replace(year=moment.year + years).astimezone(zone).replace(tzinfo=None)
    return local.replace(year=local.year - years)


def _offset(text: str) -> timezone:
    """`Z`, `±HH`, `±HHMM` or `±HH:MM` as a timezone; ValueError from 24:00 on."""
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(text)
    distance = timedelta(hours=hours, minutes=minutes)
    return timezone(-distance if text[0] == "-" else distance)


def read_number(text: str, kind: str) -> Fraction:
    """The exact number of an `amount`, `count` or `rate`; raises BadCell with its reason."""
    match = _NUMBER.fullmatch(text)
    if not match:
        raise BadCell("bad_number")
    sign, whole, decimals = match.group(1), match.group(2), match.group(3) or ""
    exponent, places = _LIMITS[kind]
    if not whole + decimals or len(decimals) > places:
        raise BadCell("bad_number")
    value = Fraction(int(whole + decimals), 10 ** len(decimals))
    if value >= 10**exponent:
        raise BadCell("bad_number")
    if kind == "count" and value.denominator != 1 or kind == "rate" and value == 0:
        raise BadCell("bad_number")
    if sign == "-" and value > 0:
        raise BadCell("negative_amount")
    return value


def read_cell(cell: str | None, kind: str, zone: ZoneInfo):
    """A contract cell by its type: text, datetime, date or Fraction; None when it is blank."""
    if is_blank(cell):
        return None
    if kind == "id":
        return cell
    text = cell.strip(" ")
    if kind == "text":
        return text
    if kind in ("status", "event_type"):
        return text.lower()
    if kind == "currency":
        return text.upper()
    if kind == "timestamp":
        return read_timestamp(text, zone)
    if kind == "date":
        return read_timestamp(text, zone).date()
    return read_number(text, kind)


def rounded(value, places: int) -> Decimal:
    """`value` (int or Fraction) at `places` decimals, half away from zero, exactly."""
    value = Fraction(value)
    units = int(abs(value) * 10**places + Fraction(1, 2))
    digits = tuple(int(digit) for digit in str(units))
    return Decimal((int(value < 0 and units > 0), digits, -places))


def json_text(value) -> str:
    """Compact JSON, non-ASCII as it is, hexadecimal escapes in upper case."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub(r"\\u00[01][0-9a-f]", lambda escape: escape[0][:2] + escape[0][2:].upper(), text)


def as_bytes(text: str | None) -> bytes:
    """The sort key of "bytewise" order; an empty text comes first."""
    return (text or "").encode("utf-8")
