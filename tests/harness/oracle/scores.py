"""Measures, quintile scores, halves, RFM, loyalty, quadrants (specification §3)."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .cells import as_bytes, rounded
from .people import Order

VALUE_CLASSES = {
    (1, 1, 1): "important_value",
    (1, 0, 1): "important_develop",
    (0, 1, 1): "important_keep",
    (0, 0, 1): "important_winback",
    (1, 1, 0): "general_value",
    (1, 0, 0): "general_develop",
    (0, 1, 0): "general_keep",
    (0, 0, 0): "general_winback",
}


def tiles(count: int, bins: int) -> list[int]:
    """NTILE(bins) over `count` rows: the tile of each row, the first tiles take the remainder."""
    dealt = []
    for tile in range(1, bins + 1):
        size = count // bins + (1 if tile <= count % bins else 0)
        dealt += [tile] * size
    return dealt


def scores(values: dict, active: set, measure: str, v: dict, seeds: dict) -> dict[str, int]:
    """The score 0..bins of every member.

    Args: `values` {member_id: raw value}, the members that count as active, the measure's name in
    score_thresholds, vars and seeds. Recency is best where the raw value is least.
    """
    thresholds = [
        (Fraction(str(row["lower_bound"])), int(row["score"]))
        for row in seeds["score_thresholds"]
        if row["measure"] == measure
    ]
    result = dict.fromkeys(values, 0)
    if thresholds:
        for member in active:
            reached = [pair for pair in thresholds if pair[0] <= values[member]]
            result[member] = max(reached)[1] if reached else 0
        return result
    bins = v["score_bins"]
    ranked = sorted(active, key=lambda member: (values[member], as_bytes(member)))
    dealt = tiles(len(ranked), bins)
    ranks = _ranks(ranked, values)
    for rank, member in enumerate(ranked):
        tied = ranks[values[member]]
        tile = {"low": dealt[tied[0]], "high": dealt[tied[-1]], "split": dealt[rank]}[
            v["tie_policy"]
        ]
        result[member] = bins + 1 - tile if measure == "recency" else tile
    return result


def _ranks(ranked: list, values: dict) -> dict:
    """The ranks (from 0, ascending) that share each value."""
    ranks = {}
    for rank, member in enumerate(ranked):
        ranks.setdefault(values[member], []).append(rank)
    return ranks


def halves(values: dict, active: set, best_is_low: bool = False) -> dict[str, int]:
    """1 for the upper half of the active, 0 for the lower half and for the inactive.

    A tie goes to the side where its middle rank lies; exactly in the middle is lower.
    """
    result = dict.fromkeys(values, 0)
    ranked = sorted(active, key=lambda member: values[member], reverse=best_is_low)
    ranks = _ranks(ranked, values)
    for member in ranked:
        tied = ranks[values[member]]
        twice_the_middle_rank, twice_the_middle = tied[0] + tied[-1], len(ranked) - 1
        result[member] = int(twice_the_middle_rank > twice_the_middle)
    return result


def half_cut(values: dict, half: dict, best_is_low: bool = False):
    """The value of the upper half that is nearest to the lower; None without an upper half."""
    upper = [values[member] for member in half if half[member]]
    return (max if best_is_low else min)(upper) if upper else None


def occasions(orders: list[Order], v: dict) -> int:
    """Purchase occasions: orders, or distinct dates with one."""
    if v["purchase_occasion"] == "day":
        return len({order.ordered_on for order in orders})
    return len(orders)


def score_rows(population: list[str], bought: dict, d: date, v: dict, seeds: dict) -> dict:
    """Measures, RFM scores and halves of a population at d.

    Args: `population` member ids, `bought` {member_id: orders valid at d} that count here.
    Returns {member_id: row}: columns of fct_rfm_scores, and what later steps need.
    """
    window_start = d - timedelta(days=v["rfm_window_days"])
    rows = {}
    for member in population:
        every = bought.get(member, [])
        window = [order for order in every if order.ordered_on > window_start]
        monetary = sum((order.net_revenue(d) for order in window), Decimal("0.00"))
        cost = sum((order.cost or 0 for order in window), Decimal("0.00"))
        margin = v["contribution_measure"] == "gross_margin"
        rows[member] = {
            "recency_days": min(((d - o.ordered_on).days for o in every), default=None),
            "frequency": occasions(window, v),
            "monetary_amount": monetary,
            "average_order_value": rounded(Fraction(monetary) / len(window), 2) if window else None,
            "full_price_frequency": occasions([o for o in window if o.is_full_price], v),
            "orders_in_window": len(window),
            "contribution_amount": monetary - cost if margin else monetary,
        }
    active = {member for member, row in rows.items() if row["orders_in_window"]}
    for letter, measure, column in (
        ("r", "recency", "recency_days"),
        ("f", "frequency", "frequency"),
        ("m", "monetary", "monetary_amount"),
    ):
        values = {member: row[column] for member, row in rows.items()}
        score = {}
        for group in _parents(rows, letter, v).values():
            part = {member: values[member] for member in group}
            score |= scores(part, active & part.keys(), measure, v, seeds)
        half = halves(values, active, best_is_low=measure == "recency")
        for member, row in rows.items():
            row[f"{letter}_score"], row[f"{letter}_half"] = score[member], half[member]
    segments = sorted(seeds["rfm_segments"], key=lambda row: int(row["priority"]))
    for member, row in rows.items():
        digits = row["r_score"], row["f_score"], row["m_score"]
        row["rfm_cell"] = "".join(str(digit) for digit in digits)
        row["rfm_value_class"] = (
            VALUE_CLASSES[row["r_half"], row["f_half"], row["m_half"]]
            if member in active
            else "none"
        )
        row["rfm_segment"] = _segment(digits, segments)
    return rows


def _parents(rows: dict, letter: str, v: dict) -> dict[tuple, list]:
    """The members among whom a score is found: everybody, or those with the same scores before."""
    before = "rfm"[: "rfm".index(letter)] if v["rfm_method"] == "nested" else ""
    groups = {}
    for member, row in rows.items():
        groups.setdefault(tuple(row[f"{x}_score"] for x in before), []).append(member)
    return groups


def within(score: str, row: dict, v: dict) -> str:
    """Among whom a member's score is found, as agg_score_bounds says it. Args: the score's name."""
    if v["rfm_method"] == "independent" or score not in ("f_score", "m_score"):
        return "all"
    return f"r{row['r_score']}" + (f"f{row['f_score']}" if score == "m_score" else "")


def cell_rows(v: dict, seeds: dict) -> list[dict]:
    """Rows of dim_rfm_cells: every cell of 0..bins, with the first box that holds it."""
    boxes = sorted(seeds["rfm_segments"], key=lambda row: int(row["priority"]))
    bounds = [f"{letter}_{end}" for letter in "rfm" for end in ("from", "to")]
    found = []
    for digits in itertools.product(range(v["score_bins"] + 1), repeat=3):
        box = next((box for box in boxes if _holds(box, digits)), None)
        if box:
            found.append({
                "rfm_cell": "".join(map(str, digits)),
                **dict(zip(("r_score", "f_score", "m_score"), digits)),
                "rfm_segment": box["rfm_segment"],
                "priority": int(box["priority"]),
                **{bound: int(box[bound]) for bound in bounds},
            })  # fmt: skip
    return found


def _holds(box: dict, digits: tuple) -> bool:
    """Whether a row of rfm_segments holds the scores."""
    return all(
        int(box[f"{letter}_from"]) <= digit <= int(box[f"{letter}_to"])
        for letter, digit in zip("rfm", digits)
    )


def _segment(digits: tuple, segments: list[dict]) -> str | None:
    """The segment of the first row of rfm_segments (sorted by priority) that holds the scores."""
    for row in segments:
        if _holds(row, digits):
            return row["rfm_segment"]
    return None


def loyalty_rows(rows: dict, edges: list[dict], d: date, v: dict, seeds: dict) -> dict:
    """Rows of fct_loyalty_scores at d from the rows of partition `all`, with their halves."""
    window_start = d - timedelta(days=v["referral_window_days"])
    credits = [
        edge["referrer_member_id"]
        for edge in edges
        if edge["credited_on"] is not None and window_start < edge["credited_on"] <= d
    ]
    counts = {member: credits.count(member) for member in rows}
    weights = weights_in_force(d, seeds)
    referral = scores(counts, {m for m in rows if counts[m] > 0}, "referral", v, seeds)
    order_values = {member: row["average_order_value"] for member, row in rows.items()}
    order_value = scores(
        order_values,
        {m for m in rows if rows[m]["orders_in_window"]},
        "average_order_value",
        v,
        seeds,
    )
    full_prices = {member: row["full_price_frequency"] for member, row in rows.items()}
    full_price = scores(
        full_prices, {m for m in rows if full_prices[m] > 0}, "full_price", v, seeds
    )
    totals = {
        member: weights.get("frequency", 0) * row["f_score"]
        + weights.get("referral", 0) * referral[member]
        + weights.get("average_order_value", 0) * order_value[member]
        + weights.get("full_price", 0) * full_price[member]
        for member, row in rows.items()
    }
    active = {member for member in rows if totals[member] > 0}
    tile = scores(totals, active, "loyalty", v, seeds)
    half = halves(totals, active)
    return {
        member: {
            "frequency_score": row["f_score"],
            "referral_score": referral[member],
            "average_order_value_score": order_value[member],
            "full_price_score": full_price[member],
            "referral_count": counts[member],
            "loyalty_score": rounded(totals[member], 4),
            "loyalty_tile": tile[member],
            "loyalty_half": half[member],
        }
        for member, row in rows.items()
    }


def weights_in_force(d: date, seeds: dict) -> dict[str, Fraction]:
    """The weights of the newest valid_from on or before d."""
    dated = [(date.fromisoformat(str(row["valid_from"])), row) for row in seeds["loyalty_weights"]]
    newest = max((valid_from for valid_from, _ in dated if valid_from <= d), default=None)
    return {
        row["measure"]: Fraction(str(row["weight"]))
        for valid_from, row in dated
        if valid_from == newest
    }


def quadrant_rows(rows: dict, loyalty: dict) -> dict:
    """Rows of fct_member_quadrants from the rows of partition `all` and of loyalty."""
    contribution = halves(
        {member: row["contribution_amount"] for member, row in rows.items()},
        {m for m in rows if rows[m]["orders_in_window"]},
    )
    names = {(1, 1): "A", (1, 0): "B", (0, 1): "C", (0, 0): "D"}
    return {
        member: {
            "contribution_amount": row["contribution_amount"],
            "contribution_half": contribution[member],
            "loyalty_score": loyalty[member]["loyalty_score"],
            "loyalty_half": loyalty[member]["loyalty_half"],
            "quadrant": names[contribution[member], loyalty[member]["loyalty_half"]],
        }
        for member, row in rows.items()
    }


def order_value_halves(rows: dict) -> dict[str, int]:
    """The halves of average_order_value among those with an order in the window."""
    return halves(
        {member: row["average_order_value"] for member, row in rows.items()},
        {m for m in rows if rows[m]["orders_in_window"]},
    )


def rule_rows(rows: dict, loyalty: dict | None, d: date, v: dict, seeds: dict) -> list[dict]:
    """Rows of agg_score_rules of one partition. Args: `loyalty` rows, None outside `all`."""
    measures = {"recency": "recency_days", "frequency": "frequency", "monetary": "monetary_amount"}
    if loyalty is not None:
        measures |= {
            "average_order_value": "average_order_value",
            "full_price": "full_price_frequency",
            "referral": "referral_count",
            "loyalty": "loyalty_score",
        }
        if v["contribution_measure"] == "gross_margin":
            measures["contribution"] = "contribution_amount"
    counts_above_0 = ("full_price", "referral", "loyalty")
    weights = weights_in_force(d, seeds) if loyalty is not None else {}
    traits = ("frequency", "referral", "average_order_value", "full_price") if weights else ()
    cuts = {}
    for measure, column in measures.items():
        values = {m: (row | (loyalty or {}).get(m, {}))[column] for m, row in rows.items()}
        active = {
            m
            for m in rows
            if (values[m] > 0 if measure in counts_above_0 else rows[m]["orders_in_window"])
        }
        if active:
            low = measure == "recency"
            cuts[measure] = half_cut(values, halves(values, active, best_is_low=low), low)
    return [
        {
            "measure": measure,
            "upper_half_from": None if cuts.get(measure) is None else rounded(cuts[measure], 4),
            "loyalty_weight": rounded(weights.get(measure, 0), 4) if measure in traits else None,
        }
        for measure in {*cuts, *traits}
    ]
