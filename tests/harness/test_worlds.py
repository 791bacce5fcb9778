"""Every mart equals the independent oracle, cell by cell, on random hostile worlds, and so does
what the labels are explained by."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import explained
import pytest
from oracle import build, compare
from worlds import random_world


def actual_marts(warehouse, expected: dict) -> dict[str, list[dict]]:
    """Returns the rows of each mart that the oracle knows, as dicts."""
    marts = warehouse.records_of(mart for mart in expected if mart != "staged_rows")
    if "staged_rows" in expected:
        sources = [row["source_table"] for row in expected["staged_rows"]]
        counted = " union all ".join(
            f"select '{source}', count(*) from staging.stg_{source}" for source in sources
        )
        marts["staged_rows"] = [
            {"source_table": source, "staged_rows": number}
            for source, number in warehouse.query(counted)
        ]
    return marts


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each world, worlds of one set of vars together, so that dbt reads vars once."""
    if "seed" in metafunc.fixturenames:
        first = metafunc.config.getoption("--first-world")
        number = metafunc.config.getoption("--worlds")
        metafunc.parametrize("seed", range(first, first + number))


def test_marts_equal_the_oracle(seed: int, warehouse) -> None:
    """dbt's marts of a random world are those of the oracle; its labels are rightly explained."""
    world = random_world(seed)
    warehouse.load(world.raw).seeds(world.seed_tables())
    warehouse.build(vars=world.vars, parsed_with={}).check()
    zone = ZoneInfo(world.vars.get("business_timezone", "UTC"))
    expected = build(world.raw, world.vars, world.seeds, datetime.now(zone).date())
    differences = compare(expected, actual_marts(warehouse, expected))
    differences += explained.faults(warehouse, expected, world.vars)
    assert not differences, "\n".join([f"world {seed}, vars {world.vars}", *differences[:40]])
    if seed % 5 == 4:  # a few seconds each
        warehouse.build(vars=world.vars, select="tag:audit", command="test", parsed_with={}).check()
