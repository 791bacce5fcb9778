"""Snapshot dates, repurchase cycle, lifecycle and AIPL (specification §4 and §7)."""

from datetime import date, timedelta
from fractions import Fraction

from .people import Member

DAY = timedelta(days=1)
INTEREST = {"page_view", "add_to_cart", "favourite", "store_visit"}


def as_of_date(ordered_on: list[date], v: dict, build_date: date) -> date | None:
    """The var, or the newest order date that is not later than the build; None without one."""
    if v["as_of_date"]:
        return date.fromisoformat(str(v["as_of_date"]))
    return max((on for on in ordered_on if on <= build_date), default=None)


def snapshot_dates(ordered_on: list[date], as_of: date | None, v: dict, start: str = "") -> list:
    """The snapshot dates: ends of the intervals that begin on or after the start, and as_of.

    Args: dates of all staged orders, the as_of_date, vars, `start` as the var snapshot_start.
    """
    if as_of is None or not ordered_on or min(ordered_on) > as_of:
        return []
    first = min(ordered_on)
    if start:
        first = max(first, date.fromisoformat(str(start)))
    dates, day, begun = [], first, False
    while day <= as_of:
        begun = begun or _begins_interval(day, v["snapshot_interval"])
        if begun and _begins_interval(day + DAY, v["snapshot_interval"]):
            dates.append(day)
        day += DAY
    return dates if as_of in dates else [*dates, as_of]


def _begins_interval(day: date, interval: str) -> bool:
    """True on the first day of a month, on a Monday, or on any day."""
    return {"day": True, "week": day.weekday() == 0, "month": day.day == 1}[interval]


def purchase_dates(bought: dict) -> dict[str, list[date]]:
    """{member_id: distinct dates with a valid order, ascending}."""
    return {member: sorted({o.ordered_on for o in orders}) for member, orders in bought.items()}


def gaps(dates: list[date]) -> list[int]:
    """Days between consecutive dates."""
    return [(later - earlier).days for earlier, later in zip(dates, dates[1:])]


def cycle(dates_of: dict, d: date, v: dict) -> Fraction:
    """The repurchase cycle at d in days, exact. Args: purchase_dates of all members at d."""
    lookback_start = d - timedelta(days=v["cycle_lookback_days"])
    found = sorted(
        gap
        for dates in dates_of.values()
        for gap, later in zip(gaps(dates), dates[1:])
        if later > lookback_start
    )
    if not found:
        return Fraction(v["default_cycle_days"])
    if v["cycle_statistic"] == "mean":
        return Fraction(sum(found), len(found))
    half = len(found) // 2
    return Fraction(found[half]) if len(found) % 2 else Fraction(found[half - 1] + found[half], 2)


def lifecycle(member: Member, snapshots: list, v: dict) -> dict[date, dict]:
    """Walk one member through the snapshots.

    Args: `snapshots` is the list of Snapshot of the whole history, ascending.
    Returns {snapshot date: row of fct_lifecycle_snapshots} where the member is known.
    """
    rows = {}
    dormant_since = last_before = stage = entered = previous = None
    for snapshot in snapshots:
        d = snapshot.d
        dates = snapshot.dates_of.get(member.member_id, [])
        last = dates[-1] if dates else None
        ended = False
        if dormant_since is not None and _is_later(last, last_before):
            dormant_since, ended = None, True
        if dormant_since is None and not ended and _falls_dormant(member, snapshot, last, v):
            dormant_since = d
        last_before = last
        if not member.is_known(d):
            continue
        now = _stage(member, snapshot, dates, dormant_since, v)
        if now != stage:
            stage, entered, previous = now, d, stage
        rows[d] = {
            "lifecycle_stage": stage,
            "stage_entered_on": entered,
            "days_in_stage": (d - entered).days,
            "previous_stage": previous,
            "dormant_since": dormant_since,
            "is_reactivation": entered == d
            and previous in ("dormant", "churned")
            and stage in ("development", "growth", "stable"),
        }
    return rows


def _is_later(last: date | None, before: date | None) -> bool:
    return last is not None and (before is None or last > before)


def _falls_dormant(member: Member, snapshot, last: date | None, v: dict) -> bool:
    """Whether the conditions that start a dormant run hold (those about the run itself aside)."""
    row = snapshot.rows.get(member.member_id)
    if row is None or row["r_score"] not in v["dormant_r_scores"]:
        return False
    if snapshot.d <= member.joined_on + timedelta(days=v["development_grace_days"]):
        return False
    minimum = Fraction(str(v["dormant_min_cycles"])) * snapshot.cycle
    return last is None or (snapshot.d - last).days > minimum


def _stage(member: Member, snapshot, dates: list[date], dormant_since, v: dict) -> str:
    d = snapshot.d
    if not member.is_enrolled(d):
        return "latent"
    if dormant_since is not None:
        return "churned" if (d - dormant_since).days >= v["churn_after_days"] else "dormant"
    if not any(on > member.joined_on for on in dates):
        return "development"
    high_frequency = snapshot.rows[member.member_id]["f_half"]
    high_value = snapshot.order_value_halves[member.member_id]
    return "stable" if high_frequency and high_value else "growth"


def rhythm(dates: list[date], events: list, d: date) -> dict:
    """What a person's AIPL stage follows from. Args: as aipl_stage."""
    between = gaps(dates)
    interests = [when.date() for when, kind in events if kind in INTEREST and when.date() <= d]
    return {
        "last_purchase_on": dates[-1] if dates else None,
        "last_gap_days": between[-1] if between else None,
        "longest_gap_days": max(between, default=None),
        "last_interest_on": max(interests, default=None),
    }


def aipl_stage(dates: list[date], events: list, cycle_days: Fraction, d: date, v: dict) -> str:
    """The AIPL stage of a person known at d.

    Args: distinct purchase dates at d, ascending; events (occurred_at, event_type) of any date.
    """
    days = v["aipl_window_days"]
    window_start = d - timedelta(days=days) if days else date.min
    if len(dates) >= 2 and dates[-1] > window_start:
        between = gaps(dates)
        recent = (d - dates[-1]).days <= cycle_days
        if {
            "current": between[-1] <= cycle_days and recent,
            "latest_gap": between[-1] <= cycle_days,
            "every_gap": max(between) <= cycle_days and recent,
        }[v["aipl_loyal_rule"]]:
            return "loyalty"
    if dates and dates[-1] > window_start:
        return "purchase"
    if any(kind in INTEREST and window_start < when.date() <= d for when, kind in events):
        return "interest"
    return "awareness"
