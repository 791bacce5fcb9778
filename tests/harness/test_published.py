"""dbt's marts reproduce published answers on real data."""

from __future__ import annotations

import published
import pytest

MARTS = ("fct_rfm_scores", "agg_score_bounds", "fct_orders", "dim_members")


@pytest.mark.parametrize(
    "case", [*published.CASES, published.MASTER_CASE], ids=lambda case: case.name
)
def test_published_answer(case: published.Case, warehouse) -> None:
    """The published measures, scores, segments and totals, customer by customer."""
    seeds = {
        name: (list(rows[0]), [list(row.values()) for row in rows]) if rows else ([], [])
        for name, rows in case.seeds.items()
    }
    warehouse.load(case.raw()).seeds(seeds)
    warehouse.build(vars=case.vars, parsed_with={}).check()
    case.check({mart: warehouse.records(mart) for mart in MARTS})
