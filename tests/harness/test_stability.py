"""The alarm of drift warns at its thresholds and not before."""

from __future__ import annotations

import pytest
from conftest import Warehouse

VARS = {"as_of_date": "2024-03-31"}
QUIET = {"alarm_stability_index": 100, "alarm_mean_shift": 9}


@pytest.fixture
def drifted(warehouse: Warehouse) -> Warehouse:
    """Three members of whom one bought in January, and all three in March."""
    orders = [("o1", "m1", "2024-01-05", "10"), ("o2", "m2", "2024-03-05", "20")]
    orders.append(("o3", "m3", "2024-03-06", "30"))
    members = [(member, "2024-01-01", "2024-01-01") for member in ("m1", "m2", "m3")]
    warehouse.load(
        {
            "orders": (("order_id", "member_id", "ordered_at", "gross_amount"), orders),
            "members": (("member_id", "registered_at", "joined_at"), members),
        }
    )
    warehouse.build(vars=VARS, parsed_with={}).check()
    return warehouse


@pytest.mark.parametrize(
    ("name", "subject"), [("alarm_stability_index", "quadrant"), ("alarm_mean_shift", "recency")]
)
def test_alarm_warns_at_its_threshold(drifted: Warehouse, name: str, subject: str) -> None:
    """At the very figure of the last step it warns, a millionth above it does not."""
    column = "stability_index" if name == "alarm_stability_index" else "abs(mean_shift)"
    greatest, of_subject = drifted.query(
        f"select max({column}), max({column}) filter (subject = '{subject}')"
        " from marts.agg_population_stability where to_date = '2024-03-31'"
    )[0]
    assert of_subject > 0
    for threshold, status in ((float(greatest), "warn"), (float(greatest) + 1e-6, "pass")):
        outcome = drifted.build(
            command="test",
            select="population_is_stable",
            vars=VARS | QUIET | {name: threshold},
            parsed_with={},
        )
        assert outcome.statuses["population_is_stable"] == status
