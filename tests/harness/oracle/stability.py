"""How the mix of scores and segments moves from snapshot to snapshot."""

from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import log

from .cells import rounded

SCORES = {
    "recency": ("fct_rfm_scores", "r_score"),
    "frequency": ("fct_rfm_scores", "f_score"),
    "monetary": ("fct_rfm_scores", "m_score"),
    "average_order_value": ("fct_loyalty_scores", "average_order_value_score"),
    "full_price": ("fct_loyalty_scores", "full_price_score"),
    "referral": ("fct_loyalty_scores", "referral_score"),
    "loyalty": ("fct_loyalty_scores", "loyalty_tile"),
}


def population_shares(marts: dict, families: dict, published: list[date]) -> list[dict]:
    """Rows of agg_population_shares.

    Args: marts - the score marts; families - {family: {snapshot date: {member_id: segment}}};
    published - the snapshot dates of the marts, in order.
    """
    labels = {
        family: {day: Counter(segments.values()) for day, segments in days.items()}
        for family, days in families.items()
    }
    for measure, (mart, column) in SCORES.items():
        labels[measure] = {}
        for row in marts[mart]:
            if row.get("score_partition", "all") == "all":
                labels[measure].setdefault(row["snapshot_date"], Counter())[row[column]] += 1
    rows = []
    for subject, days in labels.items():
        for before_on, after_on in zip(published, published[1:]):
            before, after = days.get(before_on, Counter()), days.get(after_on, Counter())
            for label in {*before, *after}:
                row = {
                    "subject": subject,
                    "from_date": before_on,
                    "to_date": after_on,
                    "label": str(label),
                    "score": label if subject in SCORES else None,
                    "members_before": before[label],
                    "members_after": after[label],
                    "share_before": _share(before[label], before.total()),
                    "share_after": _share(after[label], after.total()),
                }
                row["share_shift"] = _difference(row["share_before"], row["share_after"])
                rows.append(row)
    return rows


def population_stability(shares: list[dict]) -> list[dict]:
    """Rows of agg_population_stability. Args: shares - rows of agg_population_shares."""
    steps = {}
    for row in shares:
        step = row["subject"], row["from_date"], row["to_date"]
        steps.setdefault(step, []).append(row)
    result = []
    for (subject, from_date, to_date), rows in steps.items():
        before = sum(row["members_before"] for row in rows)
        after = sum(row["members_after"] for row in rows)
        index = 0
        for row in rows:
            first = (row["members_before"] + 0.5) / (before + 0.5 * len(rows))
            second = (row["members_after"] + 0.5) / (after + 0.5 * len(rows))
            index += Fraction(round((second - first) * log(second / first), 12)).limit_denominator(
                10**12
            )
        both = before > 0 and after > 0
        scored = subject in SCORES
        means = [
            _share(sum(row["score"] * row[side] for row in rows), members) if scored else None
            for side, members in (("members_before", before), ("members_after", after))
        ]
        result.append(
            {
                "subject": subject,
                "from_date": from_date,
                "to_date": to_date,
                "members_before": before,
                "members_after": after,
                "stability_index": rounded(index, 6) if both else None,
                "largest_share_shift": max(abs(r["share_shift"]) for r in rows) if both else None,
                "mean_before": means[0],
                "mean_after": means[1],
                "mean_shift": _difference(*means),
            }
        )
    return result


def _share(part: int, whole: int) -> Decimal | None:
    return rounded(Fraction(part, whole), 6) if whole else None


def _difference(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    return None if before is None or after is None else after - before
