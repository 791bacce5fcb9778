"""Models keep to the SQL that DuckDB, PostgreSQL and Spark share; what differs is in macros/warehouse.

To tell the two apart, a copy of the project is compiled in which every macro that macros/warehouse
(or dbt itself) dispatches by engine renders a call of a function `warehouse_<name>(…)` instead. What
then still stands in a compiled model was written in the model or in a business rule. It is parsed
in Spark's dialect, and looked through for constructs that an engine lacks or reads differently. A
function is allowed only if it is on the list: an unknown one is a finding, not a guess.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import sqlglot
from conftest import FILE_NAME, PROJECT, Dbt
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.optimizer.qualify import qualify
from sqlglot.tokens import TokenType

ENGINE_MACRO = re.compile(
    r"{%-?\s*macro duckdb__(\w+)\((.*?)\)\s*-?%}.*?{%-?\s*endmacro\s*-?%}", re.DOTALL
)
# dbt's own macros that differ by engine, as far as models and rules call them.
DBT_MACROS = """
{% macro duckdb__date_trunc(datepart, date) %}warehouse_date_trunc('{{ datepart }}', {{ date }}){% endmacro %}
{% macro duckdb__last_day(date, datepart) %}warehouse_last_day({{ date }}, '{{ datepart }}'){% endmacro %}
{% macro duckdb__type_string() %}string{% endmacro %}
"""

# Vars that make the models render their other branches.
VARIANTS = {
    "defaults": {},
    "others": {
        "tie_policy": "split",
        "purchase_occasion": "day",
        "cycle_statistic": "median",
        "aipl_loyal_rule": "every_gap",
        "aipl_window_days": 30,
        "contribution_measure": "gross_margin",
        "snapshot_interval": "week",
        "snapshot_start": "2023-02-01",
        "as_of_date": "2024-01-31",
        "score_partitions": ["platform", "promotion_code", "shop"],
        "infer_members": False,
    },
    "fewest": {
        "tie_policy": "high",
        "aipl_loyal_rule": "latest_gap",
        "snapshot_interval": "day",
        "score_partitions": [],
        "score_bins": 2,
        **{
            f"using_{table}": False
            for table in (
                "order_refunds", "members", "referrals", "events", "identities", "marketing_spend",
                "exchange_rates", "erasures", "consents", "campaign_sends",
            )
        },
    },
}

# Functions and types with arguments that read the same in all three engines (design, engines §6).
PORTABLE_FUNCTIONS = set(
    "abs avg cast coalesce concat count decimal dense_rank floor greatest lag lead least length"
    " lower max min mod nullif rank replace row_number sign substr sum trim upper varchar".split()
)
# Words before a bracket that call nothing.
KEYWORDS = set(
    "all and any as between by case distinct else exists filter from group having in is join not on"
    " or order over partition select then union using values when where window with".split()
)
# Keys of an ordering that are never null where they are ordered by: keys of their table, and
# columns that a where or an inner join has just demanded.
NEVER_NULL = set()


class NullsSmall(DuckDB):
    """DuckDB's dialect, were nulls the smallest values."""

    NULL_ORDERING = "nulls_are_small"


class NullsLarge(DuckDB):
    """DuckDB's dialect, were nulls the greatest values."""

    NULL_ORDERING = "nulls_are_large"


def neutral(macro: re.Match) -> str:
    """An engine's macro rewritten to render a call of `warehouse_<name>`.

    Text that is no SQL (a parameter `pattern`) is quoted. A macro without parameters renders
    nothing: it can only be a hint to the engine.
    """
    name, signature = macro.groups()
    names = [part.split("=")[0].strip() for part in signature.split(",") if part.strip()]
    shown = (
        f"'{{{{ {name} | replace(\"'\", '') }}}}'" if name == "pattern" else f"{{{{ {name} }}}}"
        for name in names
    )
    call = f"warehouse_{name}({', '.join(shown)})" if names else ""
    return f"{{% macro duckdb__{name}({signature}) -%}} {call} {{%- endmacro %}}"
