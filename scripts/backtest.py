"""What the weights of loyalty should be, by the evidence of `make backtest`.

Usage: backtest.py expect [DB]      between the two halves of the backtest: fits BG/NBD at each
                                    origin and writes what it expects of each history
       backtest.py curves [DB]      after it: writes the mean AUC of each weight with its standard
                                    error to agg_weight_curves beside agg_weight_backtest
       backtest.py propose [DB] [--outcome repurchase] [--out FILE]
                                    says which weights the evidence asks for, why, and what would
                                    change; writes the rows to FILE; applies nothing

`expect` writes `backtest_expectations` beside int_backtest_members. `curves` and `propose` read
int_backtest_cells: members, and those with the outcome, by origin, group of members and
combination of trait scores. Confidence is that of a bootstrap with a fixed seed that draws whole
groups of members, so that a member counts at all origins or at none. docs/decisions.md, D64 to
D68, tells the choices.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import btyd
import duckdb
import numpy as np
from _warehouse import as_of_date, default_path, find_models, relation
from fit_value import write
from numpy.typing import NDArray

TRAITS = ("frequency", "referral", "average_order_value", "full_price")
GRID = {
    "referral": np.arange(0, 5.01, 0.25),
    "average_order_value": np.arange(0, 2.01, 0.25),
    "full_price": np.arange(0, 2.01, 0.25),
}
OUTCOMES = ("repurchase", "net_revenue", "new_referrals")
CURVE_COLUMNS = {
    "outcome": ("varchar", "What the AUC is about; members with an outcome above 0 are the hits."),
    "trait": ("varchar", "Whose weight is varied; the others are as in force."),
    "weight": ("decimal(18, 4)", "The weight tried."),
    "is_in_force": ("boolean", "True for the weight in force at the last snapshot."),
    "origins": ("bigint", "Origins over which is averaged."),
    "mean_auc": ("decimal(18, 6)", "Mean of the AUC over the origins."),
    "auc_error": ("decimal(18, 6)", "Its standard error, by a bootstrap of groups of members."),
    "below_best": ("decimal(18, 6)", "The best mean_auc of the trait less this one."),
    "below_best_error": ("decimal(18, 6)", "Standard error of below_best, in the same draws."),
    "is_best": ("boolean", "True for the weight with the best mean_auc."),
}
GROUPS = 100  # of members, as int_backtest_members makes them
DRAWS = 500
SEED = 20240229
LEVEL = 0.01  # chance of asking for a change where no weight predicts better than those in force

Numbers = NDArray[np.float64]
Weights = dict[str, float]


@dataclass(frozen=True)
class Evidence:
    """Counts at each origin and the draws of the bootstrap.

    Attributes:
        scores: one row a combination of trait scores, columns as TRAITS.
        hits: members with the outcome, by origin, group and combination.
        misses: those without it, likewise.
        draws: how often each group is in each draw.
    """

    scores: Numbers
    hits: Numbers
    misses: Numbers
    draws: Numbers


@dataclass(frozen=True)
class Curve:
    """The mean AUC over the origins for each weight of a trait, the others being fixed.

    Attributes:
        weights: the grid, with the weight in force put in where the grid lacks it.
        auc: mean over origins of the AUC.
        error: standard error of the difference between the best AUC and this one.
        auc_error: standard error of the AUC itself.
        chance: how often a difference between best and in force as great as this one comes about
            where there is none.
        found: the weight that the evidence asks for; that in force where it asks for none.
    """

    weights: Numbers
    auc: Numbers
    error: Numbers
    auc_error: Numbers
    chance: float
    found: float


def evidence(rows: dict[str, NDArray], seed: int = SEED) -> Evidence:
    """Counts from rows of int_backtest_cells of one outcome.

    Args:
        rows: columns origin_date, member_group, the four trait scores, members and hits.
        seed: of the bootstrap.
    """
    scores, combination = np.unique(
        np.stack([rows[f"{trait}_score"] for trait in TRAITS], axis=1), axis=0, return_inverse=True
    )
    origins, origin = np.unique(rows["origin_date"], return_inverse=True)
    shape = len(origins), GROUPS, len(scores)
    members, hits = np.zeros(shape), np.zeros(shape)
    place = origin, rows["member_group"], combination.reshape(-1)
    np.add.at(members, place, rows["members"])
    np.add.at(hits, place, rows["hits"])
    draws = np.random.default_rng(seed).multinomial(GROUPS, [1 / GROUPS] * GROUPS, DRAWS)
    return Evidence(scores.astype(float), hits, members - hits, draws.astype(float))


def aucs(hits: Numbers, misses: Numbers, score: Numbers) -> Numbers:
    """AUC by middle ranks for each row of counts; NaN where all or none have the outcome.

    Args:
        hits, misses: counts, one column a combination.
        score: score of each combination.
    """
    values, place = np.unique(np.round(score, 6), return_inverse=True)
    first = np.searchsorted(place[order := np.argsort(place, kind="stable")], range(len(values)))
    won = np.add.reduceat(hits[:, order], first, axis=1)
    lost = np.add.reduceat(misses[:, order], first, axis=1)
    below = np.cumsum(lost, axis=1) - lost
    pairs = won.sum(axis=1) * lost.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return (won * (below + lost / 2)).sum(axis=1) / pairs


def over_origins(found: list[Numbers]) -> Numbers:
    """Mean over the origins at which there is an AUC; NaN where there is none."""
    known = np.isfinite(found)
    with np.errstate(invalid="ignore"):
        return np.where(known, found, 0).sum(axis=0) / known.sum(axis=0)


def curve(found: Evidence, in_force: Weights, trait: str) -> Curve:
    """Judges the weights of one trait. Args: in_force - the weights of all four traits."""
    weights = np.unique(np.append(GRID[trait], in_force[trait]))
    counts = [
        (np.einsum("dg,gc->dc", found.draws, hits), np.einsum("dg,gc->dc", found.draws, misses))
        for hits, misses in zip(found.hits, found.misses)
    ]
    means, drawn = [], []
    for weight in weights:
        tried = in_force | {trait: weight}
        score = found.scores @ np.array([tried[name] for name in TRAITS])
        whole = aucs(found.hits.sum(axis=1), found.misses.sum(axis=1), score)
        means.append(over_origins(whole))
        drawn.append(over_origins([aucs(*count, score) for count in counts]))
    auc, draws = np.array(means), np.array(drawn)
    draws = draws[:, np.isfinite(draws).all(axis=0)]
    if np.isnan(auc).any() or draws.shape[1] < 2:  # too few members to tell anything
        unknown = np.full(len(weights), np.nan)
        return Curve(weights, auc, unknown, unknown, 1.0, in_force[trait])
    best, now = int(auc.argmax()), int(np.flatnonzero(weights == in_force[trait])[0])
    error = (draws[best] - draws).std(axis=1, ddof=1)
    # The best of many seems good by chance, so it is compared with the best of many where none is
    # better: the draws less their own means, each in its own standard errors (Hansen 2005).
    ahead = draws - draws[now]
    spread = ahead.std(axis=1, ddof=1)
    varies = spread > 0
    if varies.any():
        gains = (auc - auc[now])[varies] / spread[varies]
        centred = (ahead[varies] - (auc - auc[now])[varies, None]) / spread[varies, None]
        chance = float((centred.max(axis=0) >= gains.max()).mean())
    else:
        chance = 1.0
    near = auc[best] - auc <= error + 1e-12
    wanted = float(weights[near][0])
    changed = chance <= LEVEL and not near[now]
    return Curve(
        weights, auc, error, draws.std(axis=1, ddof=1), chance,
        wanted if changed else in_force[trait],
    )  # fmt: skip


def cells(warehouse: duckdb.DuckDBPyConnection, outcome: str) -> dict[str, NDArray]:
    """Columns of int_backtest_cells for one outcome."""
    rows = warehouse.execute(
        f"select * from {relation(warehouse, 'int_backtest_cells')} where outcome = ?", [outcome]
    ).fetchnumpy()
    return {name: np.asarray(column) for name, column in rows.items()}


def write_curves(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Writes the curve of each trait and outcome, in one transaction; says how many."""
    in_force = weights_in_force(warehouse)
    schema = relation(warehouse, "agg_weight_backtest").partition(".")[0]
    rows = []
    for outcome in OUTCOMES:
        counted = cells(warehouse, outcome)
        if 0 < counted["hits"].sum() < counted["members"].sum():
            found = evidence(counted)
            for trait in GRID:
                judged = curve(found, in_force, trait)
                best = judged.auc.argmax()
                figures = judged.auc, judged.auc_error, judged.auc[best] - judged.auc, judged.error
                for i, weight in enumerate(judged.weights):
                    told = [float(figure[i]) for figure in figures]
                    rows.append((
                        outcome, trait, float(weight), bool(weight == in_force[trait]),
                        len(found.hits), *(None if np.isnan(x) else x for x in told),
                        bool(i == best),
                    ))  # fmt: skip
    types = ", ".join(f"{name} {kind}" for name, (kind, _) in CURVE_COLUMNS.items())
    warehouse.execute(f"begin; create or replace temp table curves ({types})")
    if rows:
        marks = ", ".join("?" for _ in CURVE_COLUMNS)
        warehouse.executemany(f"insert into curves values ({marks})", rows)
    grain = "One row per outcome, trait and weight: how well the loyalty score orders members."
    table = f"{schema}.agg_weight_curves"
    write(warehouse, table, grain, CURVE_COLUMNS, "from curves")
    warehouse.execute("commit")
    return [f"  {table.replace(chr(34), '')}  {len(rows)} rows"]


def expect(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Writes what BG/NBD expects of each history at each origin; says how the fits went."""
    members = relation(warehouse, "int_backtest_members")
    table = f'{members.partition(".")[0]}."backtest_expectations"'
    columns = "btyd_frequency, btyd_recency_days, btyd_age_days"
    warehouse.execute("begin")
    warehouse.execute(
        f"create or replace table {table} (origin_date date, btyd_frequency bigint,"
        " btyd_recency_days bigint, btyd_age_days bigint, expected_purchases decimal(18, 6))"
    )
    said = []
    origins = warehouse.execute(
        f"select distinct origin_date, horizon_days from {members} order by all"
    ).fetchall()
    for origin, horizon in origins:
        rows = warehouse.execute(
            f"select {columns}, count(*) from {members} where origin_date = ?"
            " and btyd_frequency is not null group by all order by all",
            [origin],
        ).fetchnumpy()
        histories = btyd.Histories(*(np.asarray(column) for column in rows.values()))
        fit = btyd.fit_bg_nbd(histories)
        said.append(f"  {origin}  BG/NBD {fit.status} ({fit.members:,} members)")
        if fit.status == "fitted":
            history = histories.frequency, histories.recency, histories.age
            expected = btyd.expected_purchases(fit, *history, horizon)
            warehouse.register("expected", dict(zip("xrae", [*history, expected], strict=True)))
            warehouse.execute(
                f"insert into {table} select ?, x, r, a, round(e, 6) from expected", [origin]
            )
    warehouse.execute("commit")
    return ["Backtest:", *said]


def weights_in_force(warehouse: duckdb.DuckDBPyConnection) -> Weights:
    """The weights of the last snapshot."""
    columns = ", ".join(f"cast({trait}_weight as double)" for trait in TRAITS)
    row = warehouse.execute(
        f"select {columns} from {relation(warehouse, 'int_loyalty_weights')}"
        " order by snapshot_number desc limit 1"
    ).fetchone()
    return dict(zip(TRAITS, row, strict=True))


def moved_members(
    warehouse: duckdb.DuckDBPyConnection, proposed: Weights
) -> tuple[int, int, list[tuple]]:
    """Members of the last snapshot, those whose quadrant would change, and the moves."""
    score = " + ".join(f"{weight!r} * {trait}_score" for trait, weight in proposed.items())
    moves = warehouse.execute(
        f"""
        with members as (
            select
                quadrants.quadrant,
                quadrants.contribution_half,
                cast({score} as decimal(18, 4)) as score
            from {relation(warehouse, "fct_loyalty_scores")} as loyalty
            inner join {relation(warehouse, "fct_member_quadrants")} as quadrants
                using (snapshot_date, member_id)
            where snapshot_date = (
                select max(snapshot_date) from {relation(warehouse, "fct_loyalty_scores")}
            )
        ),

        ranked as (
            select
                score,
                2 * (sum(count(*)) over (order by score)) - count(*) as twice_middle,
                sum(count(*)) over () as active
            from members
            where score > 0
            group by score
        )

        select
            quadrant,
            case
                when contribution_half = 1 then case when upper then 'A' else 'B' end
                else case when upper then 'C' else 'D' end
            end as becomes,
            count(*)
        from (
            select members.*, coalesce(twice_middle > active, false) as upper
            from members
            left join ranked using (score)
        )
        group by all
        order by all
        """
    ).fetchall()
    changed = [move for move in moves if move[0] != move[1]]
    return sum(move[2] for move in moves), sum(move[2] for move in changed), changed


def proposal(warehouse: duckdb.DuckDBPyConnection, outcome: str) -> tuple[str, list[tuple]]:
    """What the evidence asks for, in words and a table, and the rows for the seed (or none)."""
    rows = cells(warehouse, outcome)
    in_force = weights_in_force(warehouse)
    total, hits = (int(rows[name].sum()) for name in ("members", "hits"))
    if not hits or hits == total:
        return f"Weights: no proposal, for {hits:,} of {total:,} members had the outcome.", []
    found = evidence(rows)
    origins, horizon = len(found.hits), rows["horizon_days"][0]
    proposed, lines, reasons = dict(in_force), [], []
    for trait in GRID:  # each given what is proposed for those before it
        judged = curve(found, proposed, trait)
        best, now = int(judged.auc.argmax()), list(judged.weights).index(in_force[trait])
        chosen = list(judged.weights).index(judged.found)
        places = {"in force": now, "best": best} | ({"proposed": chosen} if chosen != now else {})
        for i in sorted({0, *places.values()}):
            lines.append(
                f"  {trait:20} {judged.weights[i]:6.2f} {judged.auc[i]:8.4f}"
                f" ±{judged.auc_error[i]:.4f} {judged.auc[best] - judged.auc[i]:10.4f}"
                f" ±{judged.error[i]:.4f}  {', '.join(n for n, j in places.items() if i == j)}"
            )
        better = (
            f"the best ({shown(judged.weights[best])}) orders members better by"
            f" {judged.auc[best] - judged.auc[now]:.4f}, by chance in {judged.chance:.1%} of draws"
        )
        reasons.append(
            f"{trait}: stays {shown(in_force[trait])}; {better}."
            if chosen == now
            else f"{trait}: {shown(in_force[trait])} to {shown(judged.found)}, the smallest weight"
            f" within one standard error of the best; {better}."
        )
        proposed[trait] = judged.found
    text = [
        f"Weights of loyalty, judged by {outcome} within {horizon} days of {origins} origins:"
        f" {total:,} members counted, {hits:,} with the outcome.",
        "",
        f"  {'trait':20} {'weight':>6} {'mean AUC':>8} {'s.e.':>7} {'below best':>10} {'s.e.':>7}",
        *lines,
        "",
        *reasons,
    ]
    if proposed == in_force:
        return "\n".join([*text, "", "No change is proposed."]), []
    members, changing, moves = moved_members(warehouse, proposed)
    find_models(warehouse)
    valid_from = as_of_date(warehouse) + timedelta(days=1)
    text += [
        "",
        f"Of {members:,} members at the last snapshot {changing:,} would change quadrant:"
        f" {', '.join(f'{old} to {new} {n:,}' for old, new, n in moves) or 'none'}.",
        f"Proposed for seeds/rules/loyalty_weights.csv, for snapshots from {valid_from} on:",
        *(f"  {valid_from},{trait},{shown(weight)}" for trait, weight in proposed.items()),
        "Nothing has been applied.",
    ]
    return "\n".join(text), [(valid_from, trait, shown(w)) for trait, w in proposed.items()]


def shown(weight: float) -> str:
    """A weight as the seed has it: at most 4 places, no zeros behind."""
    return f"{weight:.4f}".rstrip("0").rstrip(".")


def main() -> int:
    """Runs the command line and returns its exit code."""
    parser = argparse.ArgumentParser(description="Evidence for the weights of loyalty.")
    parser.add_argument("command", choices=["expect", "curves", "propose"])
    parser.add_argument("db", nargs="?", default=default_path(), type=Path, help="DuckDB file")
    parser.add_argument("--outcome", default="repurchase", choices=OUTCOMES)
    parser.add_argument("--out", type=Path, help="file for the proposed rows of the seed")
    options = parser.parse_args()
    if not options.db.is_file():
        print(f"backtest: {options.db} is no file; build it first", file=sys.stderr)
        return 1
    try:
        reads = options.command == "propose"
        with duckdb.connect(str(options.db), read_only=reads) as warehouse:
            if not reads:
                write_table = expect if options.command == "expect" else write_curves
                print("\n".join(write_table(warehouse)))
                return 0
            text, rows = proposal(warehouse, options.outcome)
    except (duckdb.Error, LookupError) as error:
        print(f"backtest: {options.db}: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    print(text)
    if options.out and not rows:
        options.out.unlink(missing_ok=True)  # of an earlier proposal
    elif options.out:
        with options.out.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerows([("valid_from", "measure", "weight"), *rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
