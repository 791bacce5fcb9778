"""What the scripts share: which warehouse is meant, where its models are, if its build ended."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import duckdb
from _sql import literal

# One of each schema that the scripts read; a project that uses this one may rename them.
IN_EACH_SCHEMA = (
    "dim_members",
    "int_as_of_date",
    "stg_erasures",
    "member_explanations",
    "segment_playbook",
)


def default_path() -> Path:
    """The warehouse that is meant where none is named: MEMBER_LOYALTY_DB, else warehouse.duckdb."""
    return Path(os.environ.get("MEMBER_LOYALTY_DB") or "warehouse.duckdb")


def find_models(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Lets queries name models without a schema."""
    schemas = warehouse.execute(
        "select distinct table_schema from information_schema.tables"
        " where list_contains($1, table_name) and table_catalog = current_database()"
        " order by 1",
        [IN_EACH_SCHEMA],
    ).fetchall()
    if schemas:
        warehouse.execute(f"set search_path = {literal(','.join(name for (name,) in schemas))}")


def complete_build(warehouse: duckdb.DuckDBPyConnection) -> str | None:
    """The last build, where it came to its end; else None.

    The plan is written before all marts, the ledger after them and their tests. Needs find_models.
    """
    try:
        planned, ended = warehouse.execute(
            "select (select max(build_id) from int_restatement_plan),"
            " (select max(build_id) from int_build_ledger)"
        ).fetchone()
    except duckdb.CatalogException:
        return None
    return ended if planned == ended else None


def as_of_date(warehouse: duckdb.DuckDBPyConnection) -> date | None:
    """The date of the last snapshot in the marts; None without one. Needs find_models.

    As the ledger has it, which is written last: int_as_of_date is made anew by a plan, and by a
    build that then fails.
    """
    return warehouse.execute(
        "select max(fact_on) filter (input = 'as_of_date') - 1 from int_build_ledger"
    ).fetchone()[0]


def relation(warehouse: duckdb.DuckDBPyConnection, name: str) -> str:
    """The quoted schema and name of a model, whatever its schema is called."""
    found = warehouse.execute(
        "select table_schema from information_schema.tables where table_name = ?", [name]
    ).fetchone()
    if not found:
        command = "backtest" if "backtest" in name else "build"
        raise LookupError(f"the warehouse has no {name}; run first: make {command}")
    return f'"{found[0]}"."{name}"'
