"""Published answers that the marts must reproduce, whoever computes them: dbt or the oracle.

Sources: the R package rfm 0.3.0 (orders, scores and segments) and the CDNOW purchases of Fader and
Hardie as the Python package lifetimes 0.11.3 carries them (both MIT; tests/harness/data/README.md).
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
# The committed copies; the variable names a folder with the originals.
DATA = Path(os.environ.get("MEMBER_LOYALTY_SHARED_DATA", HERE / "data"))
MASTER = HERE.parents[1] / "examples/cdnow/raw/orders.csv.gz"
Marts = dict[str, list[dict]]


@dataclass(frozen=True)
class Case:
    """A published answer: the raw data, vars and seeds it needs, and the check of the marts."""

    name: str
    raw: Callable[[], dict]
    check: Callable[[Marts], None]
    vars: dict
    seeds: dict = field(default_factory=dict)


def parquet(name: str, columns: str) -> list[tuple]:
    """Returns the columns of a published file."""
    path = str(DATA / f"{name}.parquet")
    return duckdb.execute(f"select {columns} from read_parquet(?)", [path]).fetchall()


def orders(rows: list[tuple]) -> dict:
    """Raw orders from (member, date, amount), numbered in their order."""
    columns = ["order_id", "member_id", "ordered_at", "gross_amount"]
    return {
        "orders": (columns, [[str(n), str(m), str(d), str(a)] for n, (m, d, a) in enumerate(rows)])
    }


# The R package's published rules: first match wins, scores of R, F and M from and to.
RFM_SEGMENTS = """Champions 5 5 5 5 5 5|Potential Loyalist 3 5 3 5 2 5|Loyal Customers 2 4 2 4 2 4
Promising 3 4 1 3 3 5|New Customers 4 5 1 3 1 5|Can't Lose Them 1 2 3 4 4 5|At Risk 1 2 2 5 4 5
Need Attention 1 3 3 5 3 5|About To Sleep 2 3 1 3 1 4|Lost 1 1 0 5 0 5|none 0 5 0 5 0 5"""
RFM_THRESHOLDS = {
    "recency": ["482", "297.4", "181", "115", "0"],
    "frequency": ["0", "4", "5", "6", "8"],
    "monetary": ["0", "255.8", "382", "506.4", "666"],
}
RFM_VARS = {
    "rfm_window_days": 5000,
    "score_partitions": [],
    "as_of_date": "2006-12-31",
    "snapshot_start": "2006-12-31",
}
RFM_COUNTS = {
    "Potential Loyalist": 342,
    "Loyal Customers": 170,
    "Lost": 148,
    "New Customers": 104,
    "About To Sleep": 102,
    "Can't Lose Them": 47,
    "Champions": 35,
    "At Risk": 28,
    "Need Attention": 10,
    "Promising": 9,
}
RFM_ANSWER = (
    "recency_days, transaction_count, amount, recency_score, frequency_score,"
    " monetary_score, segment"
)


def rfm_raw() -> dict:
    """The R package's 4,906 orders."""
    return orders(parquet("rfm_data_orders", "customer_id, order_date, revenue"))


def rfm_segments() -> list[dict]:
    """The R package's segments as seed rfm_segments."""
    columns = ("r_from", "r_to", "f_from", "f_to", "m_from", "m_to")
    segments = []
    for priority, text in enumerate(RFM_SEGMENTS.replace("\n", "|").split("|")):
        name, *bounds = text.rsplit(" ", 6)
        scores = dict(zip(columns, bounds, strict=True))
        segments.append({"priority": str(priority), "rfm_segment": name, **scores})
    return segments


def rfm_thresholds() -> list[dict]:
    """The R package's thresholds as seed score_thresholds."""
    return [
        {"measure": measure, "score": str(score), "lower_bound": bound}
        for measure, bounds in RFM_THRESHOLDS.items()
        for score, bound in enumerate(bounds, start=1)
    ]


def check_rfm_with_thresholds(marts: Marts) -> None:
    """995 of 995 customers have the published measures, scores and segment."""
    scores = marts["fct_rfm_scores"]
    columns = ("recency_days", "frequency", "r_score", "f_score", "m_score", "rfm_segment")
    ours = Counter(
        (
            *(row[column] for column in columns[:2]),
            int(row["monetary_amount"]),
            *(row[column] for column in columns[2:]),
        )
        for row in scores
    )
    assert ours == Counter(parquet("rfm_published_segments_orders", RFM_ANSWER))
    assert ours.total() == 995
    assert Counter(row["rfm_segment"] for row in scores) == RFM_COUNTS
    assert {row["method"] for row in marts["agg_score_bounds"]} == {"quantile", "threshold"}


def check_rfm_with_quintiles(marts: Marts) -> None:
    """Plain quintiles agree with the published scores for F 995, M 993 and R 994 customers."""
    published = {row[:3]: row[3:6] for row in parquet("rfm_published_segments_orders", RFM_ANSWER)}
    agreeing = Counter()
    for row in marts["fct_rfm_scores"]:
        answer = published[row["recency_days"], row["frequency"], int(row["monetary_amount"])]
        for letter, score in zip("rfm", answer, strict=True):
            agreeing[letter] += row[f"{letter}_score"] == score
    assert agreeing == {"r": 994, "f": 995, "m": 993}


def cdnow_sample_raw() -> dict:
    """The 6,919 purchases of the 1-in-10 sample."""
    return orders(parquet("cdnow_sample", "sample_customer_id, order_date, dollar_value"))


def check_cdnow_summary(marts: Marts) -> None:
    """x, t_x, T and zbar from the BTYD columns of dim_members: 2,357 of 2,357."""
    ours = {
        int(row["member_id"]): (
            row["btyd_frequency"],
            row["btyd_recency_days"] / 7,
            row["btyd_age_days"] / 7,
            float(row["btyd_mean_value"]),
        )
        for row in marts["dim_members"]
        if row["btyd_frequency"] is not None
    }
    published = parquet("cdnow_sample_published_summary", "ID, x, t_x, T, zbar")
    near = [
        answer
        for customer, *answer in published
        if all(abs(a - b) < 0.0051 for a, b in zip(ours[customer], answer, strict=True))
    ]
    assert (len(near), len(published), len(ours)) == (2357, 2357, 2357)
    assert sum(x > 0 for x, *_ in ours.values()) == 946


def cdnow_master_raw() -> dict:
    """The 69,659 purchases of the master file, as examples/cdnow carries them."""
    with gzip.open(MASTER, "rt", encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    return {"orders": (columns, rows)}


def check_cdnow_master(marts: Marts) -> None:
    """Totals of the master file, and 12,054 customers without a repeat day."""
    assert len(marts["fct_orders"]) == 69659
    assert f"{sum(row['net_revenue'] for row in marts['fct_orders'])}" == "2500315.63"
    assert sum(row["gross_amount"] == 0 for row in marts["fct_orders"]) == 80
    assert len(marts["dim_members"]) == 23570
    once = [row for row in marts["dim_members"] if row["first_order_on"] == row["last_order_on"]]
    assert len(once) == 12054


CASES = [
    Case(
        "rfm_with_thresholds",
        rfm_raw,
        check_rfm_with_thresholds,
        RFM_VARS,
        {"rfm_segments": rfm_segments(), "score_thresholds": rfm_thresholds()},
    ),
    Case(
        "rfm_with_quintiles",
        rfm_raw,
        check_rfm_with_quintiles,
        RFM_VARS,
        {"rfm_segments": rfm_segments(), "score_thresholds": []},
    ),
    Case(
        "cdnow_summary",
        cdnow_sample_raw,
        check_cdnow_summary,
        {"purchase_occasion": "day", "score_partitions": [], "as_of_date": "1997-09-30"},
    ),
]
MASTER_CASE = Case("cdnow_master", cdnow_master_raw, check_cdnow_master, {})
