"""Whether the explanations of a warehouse hold: labels, inputs, cut points and words."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal

from conftest import Warehouse
from oracle.contract import settings
from oracle.scores import VALUE_CLASSES

# Mart and column of each label; halves that no mart holds are judged by their inputs alone.
MARTS = {
    "fct_rfm_scores": ("r_score", "f_score", "m_score", "rfm_segment", "rfm_value_class"),
    "fct_loyalty_scores": (
        "referral_score", "average_order_value_score", "full_price_score", "loyalty_score",
        "loyalty_tile",
    ),
    "fct_member_quadrants": ("loyalty_half", "contribution_half", "quadrant"),
    "fct_lifecycle_snapshots": ("dormant_since", "lifecycle_stage"),
    "fct_aipl_stages": ("aipl_stage",),
}  # fmt: skip
HALVES = ("r_half", "f_half", "m_half", "average_order_value_half")
NUMBER = re.compile(r"\d{4}-\d{2}-\d{2}|\d+(?:\.\d+)?")
# "1 days"; not the lengths that vars give, as in "the cycle of 1 days" and "the 1 days to".
COUNTED = "days since|days ago|days, |days with|orders|purchases|accepted referrals"
ONE_OF_MANY = re.compile(rf"(?<!of )(?<!the )\b(?<![-.–])1 (?:{COUNTED})")
QUERY = (
    "select member_id, snapshot_date, score_partition, label, value, inputs, cut_points, rule_en,"
    " rule_zh from explain.member_explanations where snapshot_date = ?"
)


def faults(warehouse: Warehouse, marts: dict[str, list[dict]], vars: dict) -> list[str]:
    """What is wrong with the explanations at the first, the middle and the last snapshot.

    Args: the warehouse; the oracle's marts; vars that differ from their defaults.
    """
    dates = sorted({row["snapshot_date"] for row in marts["fct_lifecycle_snapshots"]})
    found, v = [], settings(vars)
    for on in {*dates[:1], *dates[-1:], *dates[len(dates) // 2 :][:1]}:
        rows = warehouse.query(QUERY, [on])
        found += _labels_that_differ(rows, marts, on)
        for *_, label, value, inputs, cut_points, rule_en, rule_zh in rows:
            where = f"{on} {label} {value}: {inputs} | {cut_points} | {rule_en} | {rule_zh}"
            if not rule_en or not rule_zh:
                found.append(f"no words: {where}")
                continue
            known = _pairs(inputs)
            wanted = _judged(label, value, known, cut_points, v)
            if value not in wanted:
                found.append(f"{wanted} by its inputs: {where}")
            told = f"{inputs} {cut_points} {value} {on} {v}"
            if ONE_OF_MANY.search(rule_en):
                found.append(f"one is not many: {where}")
            if not set(NUMBER.findall(rule_en)) <= set(NUMBER.findall(told)):
                found.append(f"numbers from nowhere: {where}")
            if Counter(NUMBER.findall(rule_en)) != Counter(NUMBER.findall(rule_zh)):
                found.append(f"other numbers in Chinese: {where}")
    return found


def _labels_that_differ(rows: list[tuple], marts: dict, on: date) -> list[str]:
    """Labels that are missing, too many or other than those of the marts."""
    wanted = Counter()
    for mart, labels in MARTS.items():
        for row in marts[mart]:
            if row["snapshot_date"] == on and row["member_id"] is not None:
                partition = row.get("score_partition", "all")
                wanted.update((row["member_id"], partition, n, _text(row[n])) for n in labels)
    for row in marts["fct_member_tags"]:
        holds = row["valid_from"] <= on and (row["valid_to"] is None or on < row["valid_to"])
        family = row["tag_family"]
        # A band is explained where there is a tile.
        if holds and family in ("loyalty_band", "next_best_action"):
            wanted[row["member_id"], "all", family, row["tag"]] += 1
    got = Counter((m, p, n, value) for m, _, p, n, value, *_ in rows if n not in HALVES)
    return [f"{on}: lacks {key}" for key in wanted - got] + [
        f"{on}: has {key} too many" for key in got - wanted
    ]


def _text(value) -> str | None:
    """A label as the view writes it."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return None if value is None else str(value)


def _pairs(inputs: str) -> dict[str, str | None]:
    pairs = dict(pair.split(" = ") for pair in inputs.split("; "))
    return {name: None if value == "null" else value for name, value in pairs.items()}


def _judged(label: str, value, known: dict, cut_points: str | None, v: dict) -> list:
    """The values that a label may have by the specification, from its inputs and cut points."""
    if label.endswith(("_score", "_tile")) and label != "loyalty_score":
        return _scores(known, cut_points)
    if label.endswith("_half"):
        return [_half(known, cut_points)]
    if label == "rfm_value_class":
        halves = tuple(int(known[name]) for name in ("r_half", "f_half", "m_half"))
        return [VALUE_CLASSES[halves], "none"] if not any(halves) else [VALUE_CLASSES[halves]]
    if label == "rfm_segment":
        bounds = re.findall(r"(\d)–(\d)", cut_points)
        digits = [known[name] for name in ("r_score", "f_score", "m_score")]
        assert "".join(digits) == known["rfm_cell"]
        inside = all(low <= digit <= high for digit, (low, high) in zip(digits, bounds))
        return [value] if inside and len(bounds) == 3 else ["outside of its box"]
    if label == "loyalty_score":
        traits = ("frequency", "referral", "average_order_value", "full_price")
        parts = [Decimal(known[f"{t}_weight"]) * int(known[f"{t}_score"]) for t in traits]
        return [_text(sum(parts))]
    if label == "loyalty_band":
        tile, bins = int(known["loyalty_tile"]), v["score_bins"]
        third = min((3 * tile + bins - 1) // bins, 3) if tile else 0
        return [("none", "low", "medium", "high")[third]]
    if label == "quadrant":
        halves = known["contribution_half"], known["loyalty_half"]
        return [{"11": "A", "10": "B", "01": "C", "00": "D"}["".join(halves)]]
    if label == "lifecycle_stage":
        return [_stage(known, v)] if value != "latent" else ["latent"]
    if label == "aipl_stage":
        return [_aipl(known, v)] if value in ("loyalty", "purchase") else [value]
    return [value]  # dormant_since and the play depend on more than one row can hold


def _active_value(known: dict) -> Decimal | None:
    """The raw value of an active member; None of an inactive one."""
    value = next(iter(known.values()))
    if value is None or known.get("has_order") == "false":
        return None
    return Decimal(value) if "has_order" in known or Decimal(value) > 0 else None


def _scores(known: dict, cut_points: str) -> list[str]:
    value = _active_value(known)
    if value is None:
        return ["0"]
    ranges = re.findall(r"(\d) \[(.+?)–(.+?)\]", cut_points)
    return [s for s, low, high in ranges if Decimal(low) <= value <= Decimal(high)] or ["0"]


def _half(known: dict, cut: str | None) -> str:
    value = _active_value(known)
    if value is None or cut is None:
        return "0"
    is_recency = "recency_days" in known
    return str(int(value <= Decimal(cut) if is_recency else value >= Decimal(cut)))


def _stage(known: dict, v: dict) -> str:
    if known["dormant_since"]:
        return "churned" if int(known["dormant_days"]) >= v["churn_after_days"] else "dormant"
    if not known["last_order_on"] or known["last_order_on"] <= known["joined_on"]:
        return "development"
    both = known["f_half"] == known["average_order_value_half"] == "1"
    return "stable" if both else "growth"


def _aipl(known: dict, v: dict) -> str:
    rule, cycle = v["aipl_loyal_rule"], Decimal(known["cycle_length"])
    gap = known["longest_gap_days" if rule == "every_gap" else "last_gap_days"]
    recent = rule == "latest_gap" or Decimal(known["days_since_purchase"]) <= cycle
    return "loyalty" if gap and Decimal(gap) <= cycle and recent else "purchase"
