"""Expects what members will still buy: fits BG/NBD and Gamma-Gamma and writes two tables.

Usage: fit_value.py [DB]        DB: a built warehouse, default MEMBER_LOYALTY_DB

Reads dim_members, as the last build left it, and replaces beside it, both in one transaction,

- `fct_member_value`: for each member the chance of being alive, that of a purchase, and purchases
  and value to expect in the next 90 and 365 days;
- `agg_value_parameters`: the fitted parameters, what they were fitted on, and in words why there
  are none where there are none. Then what is expected is null.

The same dim_members give the same tables. docs/decisions.md, D60 to D63, tells the choices.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import _warehouse
import btyd
import duckdb
import numpy as np
from _sql import literal
from _warehouse import relation

HORIZONS = (90, 365)  # days
BY_HISTORY = (
    "p_alive",
    *(f"{what}_{days}d" for days in HORIZONS for what in ("p_purchase", "expected_purchases")),
)
UNITS = {"alpha": "weeks", "v": "reporting currency"}
MEMBER_VALUE = {
    "member_id": ("varchar primary key", "Member."),
    "snapshot_date": ("date", "as_of_date of the build that the expectation follows."),
    "p_alive": ("decimal(18, 6)", "Chance that the member still buys at all."),
    "p_purchase_90d": ("decimal(18, 6)", "Chance that the member buys in the next 90 days."),
    "p_purchase_365d": ("decimal(18, 6)", "Chance that the member buys in the next 365 days."),
    "expected_purchases_90d": ("decimal(18, 6)", "Purchase days to expect in the next 90 days."),
    "expected_purchases_365d": ("decimal(18, 6)", "Purchase days to expect in the next 365 days."),
    "expected_mean_value": ("decimal(18, 2)", "Net revenue to expect of such a day."),
    "expected_value_90d": ("decimal(18, 2)", "Net revenue to expect in the next 90 days."),
    "expected_value_365d": ("decimal(18, 2)", "Net revenue to expect in the next 365 days."),
}
PARAMETERS = {
    "model": ("varchar", "bg_nbd (how often) or gamma_gamma (for how much)."),
    "parameter": ("varchar", "r, alpha, a, b; p, q, v."),
    "estimate": ("decimal(18, 6)", "Maximum likelihood estimate; null = not fitted."),
    "unit": ("varchar", "weeks, reporting currency, or none."),
    "members": ("bigint", "Members that the model was fitted on."),
    "log_likelihood": ("decimal(18, 4)", "At the estimates; null = not fitted."),
    "snapshot_date": ("date", "as_of_date of the build that it was fitted on."),
    "status": ("varchar", "fitted, or what was lacking."),
}
GRAINS = {
    "fct_member_value": "One row per member: what is to be expected; null = never bought, no fit.",
    "agg_value_parameters": "One row per model and parameter: the fit behind fct_member_value.",
}


def counted(warehouse: duckdb.DuckDBPyConnection, dim: str, columns: str) -> list[np.ndarray]:
    """Distinct values of columns of the members who have bought, in order, and their number."""
    found = warehouse.execute(
        f"select {columns}, count(*) as members from {dim}"
        " where btyd_frequency is not null group by all order by all"
    ).fetchnumpy()
    return [np.asarray(found[column]) for column in found]


def expectation(fit: btyd.Fit, histories: btyd.Histories) -> dict[str, np.ndarray]:
    """What is to be expected of each history, by column; all null without a fit."""
    history = histories.frequency, histories.recency, histories.age
    if fit.status == "fitted":
        found = {"p_alive": btyd.chance_alive(fit, *history)}
        for days in HORIZONS:
            found[f"p_purchase_{days}d"] = btyd.chance_of_purchase(fit, *history, days)
            found[f"expected_purchases_{days}d"] = btyd.expected_purchases(fit, *history, days)
    else:
        found = dict.fromkeys(BY_HISTORY, np.full(len(histories.frequency), np.nan))
    return dict(zip(("frequency", "recency", "age"), history, strict=True)) | found


def write(
    warehouse: duckdb.DuckDBPyConnection,
    name: str,
    grain: str,
    columns: dict[str, tuple],
    select: str,
) -> None:
    """Replaces a table by the rows of a query, with its types and descriptions."""
    types = ", ".join(f"{column} {kind}" for column, (kind, _) in columns.items())
    warehouse.execute(f"create or replace table {name} ({types})")
    warehouse.execute(f"insert into {name} by name {select}")
    warehouse.execute(f"comment on table {name} is '{grain}'")
    for column, (_, text) in columns.items():
        warehouse.execute(f"comment on column {name}.{column} is '{text}'")


def fit_value(warehouse: duckdb.DuckDBPyConnection) -> dict[str, btyd.Fit]:
    """Fits both models on a warehouse and writes both tables; returns the fits by model."""
    dim = relation(warehouse, "dim_members")
    _warehouse.find_models(warehouse)
    if not _warehouse.complete_build(warehouse):
        raise LookupError(
            "no build has come to its end since the last began; run first: make build"
        )
    as_of_date = _warehouse.as_of_date(warehouse)
    dated = f"cast({literal(str(as_of_date)) if as_of_date else 'null'} as date) as snapshot_date"
    schema = dim.partition(".")[0]
    columns = "btyd_frequency, btyd_recency_days, btyd_age_days"
    histories = btyd.Histories(*counted(warehouse, dim, columns))
    frequency, mean_value, members = counted(
        warehouse, dim, "btyd_frequency, cast(btyd_mean_value as double)"
    )
    fits = {
        "bg_nbd": btyd.fit_bg_nbd(histories),
        "gamma_gamma": btyd.fit_gamma_gamma(frequency, mean_value, members),
    }
    spent = {"frequency": frequency, "mean_value": mean_value}
    spent["expected_mean_value"] = (
        btyd.expected_mean_value(fits["gamma_gamma"], frequency, mean_value)
        if fits["gamma_gamma"].status == "fitted"
        else np.full(len(frequency), np.nan)
    )
    warehouse.register("expected", expectation(fits["bg_nbd"], histories))
    warehouse.register("spent", spent)
    rounded = [
        f"cast(round(nullif({column}, 'nan'), {places}) as decimal(18, {places})) as {column}"
        for column, places in [*((column, 6) for column in BY_HISTORY), ("expected_mean_value", 2)]
    ]
    values = [
        f"expected_purchases_{days}d * expected_mean_value as expected_value_{days}d"
        for days in HORIZONS
    ]
    warehouse.execute("begin")
    write(
        warehouse,
        f"{schema}.fct_member_value",
        GRAINS["fct_member_value"],
        MEMBER_VALUE,
        f"""
        with rounded as (
            select members.member_id, {", ".join(rounded)}
            from {dim} as members
            left join expected
                on members.btyd_frequency = expected.frequency
                and members.btyd_recency_days = expected.recency
                and members.btyd_age_days = expected.age
            left join spent
                on members.btyd_frequency = spent.frequency
                and cast(members.btyd_mean_value as double) = spent.mean_value
        )

        select rounded.*, {", ".join(values)}, {dated}
        from rounded
        """,
    )
    rows = [
        (model, name, value, UNITS.get(name), fit.members, fit.log_likelihood, fit.status)
        for model, fit in fits.items()
        for name, value in fit.parameters.items()
    ]
    marks = ", ".join("(?, ?, ?, ?, ?, ?, ?)" for _ in rows)
    warehouse.execute(
        "create or replace temp table fitted (model varchar, parameter varchar, estimate double,"
        " unit varchar, members bigint, log_likelihood double, status varchar)"
    )
    warehouse.execute(f"insert into fitted values {marks}", [cell for row in rows for cell in row])
    write(
        warehouse,
        f"{schema}.agg_value_parameters",
        GRAINS["agg_value_parameters"],
        PARAMETERS,
        f"select fitted.*, {dated} from fitted",
    )
    warehouse.execute("commit")
    return fits


def in_words(fits: dict[str, btyd.Fit]) -> str:
    """One line a model: its parameters, or why it has none."""
    lines = []
    for model, fit in fits.items():
        shown = fit.status
        if fit.status == "fitted":
            shown = ", ".join(f"{name} {value:.4g}" for name, value in fit.parameters.items())
        lines.append(f"  {model:12} {shown} ({fit.members:,} members)")
    return "\n".join(["Expected value (fct_member_value):", *lines])


def main() -> int:
    """Runs the command line and returns its exit code."""
    parser = argparse.ArgumentParser(description="Expect what members will still buy.")
    parser.add_argument("db", nargs="?", type=Path, help="DuckDB file")
    path = parser.parse_args().db or _warehouse.default_path()
    if not path.is_file():
        print(
            f"fit_value: {path} is no file; build it with: make build RAW=<folder> DB={path}",
            file=sys.stderr,
        )
        return 1
    try:
        with duckdb.connect(str(path)) as warehouse:
            print(in_words(fit_value(warehouse)))
    except (duckdb.Error, LookupError) as error:
        print(f"fit_value: {path}: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
