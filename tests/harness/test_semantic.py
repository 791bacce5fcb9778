"""MetricFlow finds the figures of the marts, and refuses what it would get wrong.

Its engine runs in this process, once for each slice and all metrics together; `mf` itself, which
takes seconds a call, validates the definitions against a warehouse and answers one saved query.
"""

from __future__ import annotations

import copy
import csv
import os
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from conftest import PROJECT, Warehouse
from dbt.contracts.graph.semantic_manifest import SemanticManifest
from dbt_metricflow.cli.dbt_connectors.adapter_backed_client import AdapterBackedSqlClient
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
from worlds import random_world

GRAINS = {"day": "daily", "week": "weekly", "month": "monthly"}
KEYS = {"period_grain", "period_start", "channel", "is_complete"}
# Of one length of period each: they depend on the period before, or on the period of the visit.
OF_A_PERIOD = {
    "registered_visitors",
    "registration_rate",
    "retained_members",
    "previous_active_members",
    "retention_rate",
    "recalled_members",
    "recall_rate",
}
HALF_A_LAST_PLACE = 5e-7 + 1e-9  # the mart rounds ratios to 6 places, MetricFlow does not


class Layer:
    """The semantic layer of the project on a warehouse."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse = warehouse
        self.folder = folder
        self.path = folder / "target" / "semantic_manifest.json"
        self.path.parent.mkdir()
        manifest = SemanticManifest(warehouse.dbt.manifest(warehouse.path))
        manifest.write_json_to_file(str(self.path))
        self.manifest = parse_manifest_from_dbt_generated_manifest(self.path.read_text("utf-8"))
        client = AdapterBackedSqlClient(SimpleNamespace(type=lambda: "duckdb"))
        self.engine = MetricFlowEngine(SemanticManifestLookup(self.manifest), client)
        self.figures: dict[tuple, dict] = {}

    def query(self, metrics: list[str], by: list[str], where: str | None = None) -> list[dict]:
        """What `mf query --metrics … --group-by … --where …` gives."""
        request = MetricFlowQueryRequest.create(
            metric_names=metrics, group_by_names=by, where_constraints=[where] if where else None
        )
        sql = self.engine.explain(request).sql_statement.sql
        with duckdb.connect(str(self.warehouse.path)) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, map(plain, row))) for row in cursor.fetchall()]

    def by_period(self, grain: str, channels: bool) -> dict[tuple, dict]:
        """Each figure of AARRR by period and channel, asked for once; without the channel `all`."""
        if (grain, channels) not in self.figures:
            time = f"metric_time__{grain}"
            metrics = [metric_of(column, grain) for column in self.columns]
            rows = self.query(metrics, [time, "channel"] if channels else [time])
            found = {(row[time], row.get("channel", "all")): row for row in rows}
            assert len(found) == len(rows)
            self.figures[grain, channels] = found
        return self.figures[grain, channels]

    @cached_property
    def aarrr(self) -> list[dict]:
        """The rows of agg_aarrr."""
        return self.warehouse.records("agg_aarrr")

    @property
    def columns(self) -> list[str]:
        """The figures of agg_aarrr."""
        return [name for name in self.aarrr[0] if name not in KEYS]

    def mf(self, *words: str) -> subprocess.CompletedProcess:
        """Runs `mf` in a folder that holds what it reads of a project."""
        for name in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(PROJECT / name, self.folder)
        return subprocess.run(
            [str(Path(sys.executable).parent / "mf"), *words],
            cwd=self.folder,
            env=os.environ
            | {
                "MEMBER_LOYALTY_DB": str(self.warehouse.path),
                "DBT_PROFILES_DIR": str(self.folder),
                "DBT_PROJECT_DIR": str(self.folder),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            },
            capture_output=True,
            text=True,
            check=False,
        )


def plain(value: object) -> object:
    """A cell of a result as a date, text, whole number, decimal or float."""
    return value.date() if isinstance(value, datetime) else value


def metric_of(column: str, grain: str) -> str:
    """The metric that is a column of agg_aarrr at a grain."""
    return f"{GRAINS[grain]}_{column}" if column in OF_A_PERIOD else column


def agrees(figure: object, expected: object, is_ratio: bool) -> bool:
    """Whether a figure is that of the mart: nothing counted is 0, a ratio over 0 is null."""
    if not is_ratio:
        return (figure or 0) == expected
    if figure is None or expected is None:
        return figure is expected
    return abs(float(figure) - float(expected)) <= HALF_A_LAST_PLACE


@pytest.fixture(scope="module", params=[10, 97], ids=lambda seed: f"world {seed}")
def layer(request, make_warehouse, tmp_path_factory) -> Layer:
    """The layer on a random hostile world, one of those in which hardly a figure is empty."""
    world = random_world(request.param)
    warehouse = make_warehouse().load(world.raw).seeds(world.seed_tables())
    warehouse.build(vars=world.vars, parsed_with={}).check()
    return Layer(warehouse, tmp_path_factory.mktemp("semantic"))


def aarrr_columns() -> list[str]:
    """The figures of agg_aarrr as its file lists them."""
    text = (PROJECT / "models/marts/growth/agg_aarrr.sql").read_text("utf-8")
    names = [line.strip(" ,") for line in text.splitlines() if line.startswith("    ")]
    return [name for name in names if name not in KEYS]


@pytest.mark.parametrize("column", aarrr_columns())
def test_a_metric_is_the_figure_of_the_mart(layer: Layer, column: str):
    assert column in layer.columns
    wrong = []
    for row in layer.aarrr:
        grain, start, channel = row["period_grain"], row["period_start"], row["channel"]
        if column == "stickiness" and grain != "month":
            continue  # null in the mart, told for any slice by the metric
        figures = layer.by_period(grain, channel != "all")
        figure = figures.get((start, channel), {}).get(metric_of(column, grain))
        is_ratio = row[column] is None or isinstance(figure, float)
        if not agrees(figure, row[column], is_ratio):
            wrong.append(f"{grain} {start} {channel}: {figure}, in the mart {row[column]}")
    assert not wrong, "\n".join([f"{len(wrong)} rows", *wrong[:10]])


def test_there_is_something_to_compare(layer: Layer):
    rows = layer.aarrr
    empty = {name for name in layer.columns if not any(row[name] for row in rows)}
    assert len(empty) <= 3, empty
    nulls = {name for name in layer.columns if any(row[name] is None for row in rows)}
    assert len(nulls) > 10


def test_nothing_is_counted_outside_the_mart(layer: Layer):
    """From its first period to its last no figure stands at another period or channel."""
    for grain in GRAINS:
        for channels in (True, False):
            keys = {
                (row["period_start"], row["channel"])
                for row in layer.aarrr
                if row["period_grain"] == grain and (row["channel"] != "all") == channels
            }
            first, last = min(keys)[0], max(keys)[0]
            found = layer.by_period(grain, channels)
            assert {key for key in found if first <= key[0] <= last} == keys


# ---------------------------------------------------------------------------------------------
# Other slices than those of the mart


def test_persons_are_counted_once_in_a_quarter_and_in_all_time(layer: Layer):
    sql = "select distinct person_id, occurred_on from intermediate.int_visit_days"
    visits = layer.warehouse.query(f"{sql} where unique_visitors_day = 1")
    quarters = defaultdict(set)
    for person, day in visits:
        quarters[date(day.year, day.month - (day.month - 1) % 3, 1)].add(person)
    rows = layer.query(["unique_visitors"], ["metric_time__quarter"])
    found = {row["metric_time__quarter"]: row["unique_visitors"] for row in rows}
    assert {quarter: visitors for quarter, visitors in found.items() if visitors} == {
        quarter: len(persons) for quarter, persons in quarters.items()
    }
    (row,) = layer.query(["unique_visitors"], [])
    assert row["unique_visitors"] == len({person for person, _ in visits})


def test_balances_of_a_longer_slice_are_those_at_its_end(layer: Layer):
    months = [
        row for row in layer.aarrr if row["period_grain"] == "month" and row["channel"] == "all"
    ]
    last = max(months, key=lambda row: row["period_start"])
    names = ["enrolled_members", "window_buyers", "ltv_revenue", "monthly_retained_members"]
    (row,) = layer.query(names, [])
    assert row == {name: last[name.removeprefix("monthly_")] for name in names}


def test_orders_and_buyers_by_what_their_member_is_today(layer: Layer):
    members = {row["member_id"]: row["quadrant"] for row in layer.warehouse.records("dim_members")}
    expected = defaultdict(lambda: [0, Decimal(0), set(), Decimal(0)])
    for order in layer.warehouse.records("fct_orders"):
        if order["status"] == "successful" and order["invalid_reason"] != "after_as_of_date":
            slice_ = expected[order["platform"], members.get(order["member_id"])]
            slice_[0] += 1
            slice_[1] += order["gross_amount"]
            if order["is_valid"]:
                slice_[2].add(order["member_id"])
                slice_[3] += order["net_revenue"]
    rows = layer.query(
        ["orders", "gross_revenue", "buyers", "member_revenue"],
        ["sale__platform", "member__quadrant"],
    )
    assert {(row["sale__platform"], row["member__quadrant"]): row for row in rows} == {
        (platform, quadrant): {
            "sale__platform": platform,
            "member__quadrant": quadrant,
            "orders": orders,
            "gross_revenue": gross,
            "buyers": len(buyers),
            "member_revenue": revenue,
        }
        for (platform, quadrant), (orders, gross, buyers, revenue) in expected.items()
    }


def test_members_of_today(layer: Layer):
    records = layer.warehouse.records("dim_members")
    (row,) = layer.query(["members", "known_members", "member_value"], [])
    assert row == {
        "members": sum(record["is_enrolled"] for record in records),
        "known_members": len(records),
        "member_value": sum(record["net_revenue"] for record in records),
    }
    by_stage = layer.query(["known_members"], ["member__lifecycle_stage"])
    assert {r["member__lifecycle_stage"]: r["known_members"] for r in by_stage} == Counter(
        record["lifecycle_stage"] for record in records
    )


@pytest.mark.parametrize(
    "mart, state, metric, amount",
    [
        ("fct_lifecycle_snapshots", "lifecycle_snapshot__lifecycle_stage", "stage_members", None),
        ("fct_rfm_scores", "rfm_score__rfm_segment", "segment_members", None),
        ("fct_rfm_scores", "rfm_score__rfm_value_class", "segment_revenue", "monetary_amount"),
        ("fct_loyalty_scores", "loyalty_score__loyalty_tile", "loyalty_members", None),
        ("fct_loyalty_scores", "loyalty_score__loyalty_tile", "loyalty_points", "loyalty_score"),
        ("fct_member_quadrants", "member_quadrant__quadrant", "quadrant_members", None),
        (
            "fct_member_quadrants",
            "member_quadrant__quadrant",
            "quadrant_contribution",
            "contribution_amount",
        ),
        ("fct_aipl_stages", "aipl_snapshot__aipl_stage", "aipl_persons", None),
    ],
)
def test_snapshots_are_not_added_up(layer: Layer, mart, state, metric, amount):
    """By month, by year and in all time: those of the last snapshot in each."""
    records = [
        row for row in layer.warehouse.records(mart) if row.get("score_partition", "all") == "all"
    ]
    for time, start in (
        ("metric_time__month", lambda day: day.replace(day=1)),
        ("metric_time__year", lambda day: day.replace(month=1, day=1)),
        (None, lambda day: None),
    ):
        last: dict = {}
        for row in records:
            bucket = start(row["snapshot_date"])
            last[bucket] = max(row["snapshot_date"], last.get(bucket, row["snapshot_date"]))
        expected: dict = defaultdict(int)
        for row in records:
            bucket = start(row["snapshot_date"])
            if row["snapshot_date"] == last[bucket]:
                value = row[amount] if amount else 1
                expected[bucket, row[state.split("__")[1]]] += value
        rows = layer.query([metric], [state] + ([time] if time else []))
        found = {(row.get(time), row[state]): row[metric] for row in rows}
        assert found == dict(expected), time


def test_reactivations_add_up(layer: Layer):
    records = layer.warehouse.records("fct_lifecycle_snapshots")
    (row,) = layer.query(["reactivations"], [])
    assert row["reactivations"] == sum(record["is_reactivation"] for record in records)


COHORT_METRICS = ["cohort_members", "cohort_retention_rate", "cohort_buyer_rate", "cohort_ltv"]


def test_cohorts_are_those_of_the_mart(layer: Layer):
    for channel in (True, False):
        by = ["metric_time__month", "cohort__months_since"] + (["channel"] if channel else [])
        found = {
            (row[by[0]], row.get("channel", "all"), row[by[1]]): row
            for row in layer.query(COHORT_METRICS, by)
        }
        rows = [
            row
            for row in layer.warehouse.records("agg_cohort_retention")
            if (row["channel"] != "all") == channel
        ]
        assert len(rows) == len(found)
        for row in rows:
            figures = found[row["cohort_month"], row["channel"], row["months_since"]]
            expected = [
                row["members"],
                Decimal(row["active_members"]) / row["members"],
                Decimal(row["buyers"]) / row["members"],
                row["cumulative_revenue_per_member"],
            ]
            for metric, value in zip(COHORT_METRICS, expected):
                assert agrees(figures[metric], value, True), (metric, row, figures)


def test_cohorts_of_different_ages_are_not_mixed(layer: Layer):
    rows = layer.query(["cohort_ages", *COHORT_METRICS], ["metric_time__year"])
    assert any(row["cohort_ages"] > 1 for row in rows)
    for row in rows:
        is_mixed = row["cohort_ages"] > 1
        assert {row[metric] is None for metric in COHORT_METRICS} == {is_mixed}


# ---------------------------------------------------------------------------------------------
# What is refused


@pytest.mark.parametrize(
    "metric, by",
    [
        ("monthly_retention_rate", "metric_time__day"),
        ("monthly_registered_visitors", "metric_time__week"),
        ("weekly_recall_rate", "metric_time__day"),
        ("net_sales", "sale__platform"),
        ("cac", "member__quadrant"),
        ("repurchase_rate", "member__quadrant"),
    ],
)
def test_a_slice_that_cannot_be_right_is_refused(layer: Layer, metric: str, by: str):
    with pytest.raises(Exception, match=by.split("__")[1]):
        layer.query([metric], [by])


# ---------------------------------------------------------------------------------------------
# The definitions

only_one_world = pytest.mark.parametrize("layer", [97], indirect=True, ids=["world 97"])


@only_one_world
def test_mf_finds_no_fault(layer: Layer):
    """`mf validate-configs` runs, on the definitions and against the warehouse."""
    done = layer.mf("validate-configs", "--show-all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ERRORS: 0") > 4, done.stdout
    broken = layer.path.read_text("utf-8")
    layer.path.write_text(broken.replace('"clicker_id"', '"no_such_column"'), "utf-8")
    try:
        assert layer.mf("validate-configs").returncode != 0
    finally:
        layer.path.write_text(broken, "utf-8")


@only_one_world
def test_mf_answers_a_saved_query(layer: Layer, tmp_path: Path):
    """`mf query` gives what the engine gives in this process."""
    target = tmp_path / "aarrr.csv"
    done = layer.mf("query", "--saved-query", "aarrr_monthly", "--csv", str(target))
    assert done.returncode == 0, done.stdout + done.stderr
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = layer.by_period("month", True)
    assert len(rows) == len(expected)
    for row in rows:
        key = (datetime.fromisoformat(row["metric_time__month"]).date(), row["channel"])
        assert float(row["net_sales"]) == float(expected[key]["net_sales"])


@only_one_world
def test_saved_queries_run(layer: Layer):
    for saved in layer.manifest.saved_queries:
        request = MetricFlowQueryRequest.create(saved_query_name=saved.name)
        layer.warehouse.query(layer.engine.explain(request).sql_statement.sql)


def test_every_metric_is_named_in_both_languages_and_explained(dbt, seeded):
    page = (PROJECT / "docs/metrics.md").read_text("utf-8")
    page = page.split("## The semantic layer")[1].split("\n## ")[0]
    manifest = dbt.manifest(seeded)
    for metric in manifest.metrics.values():
        assert metric.label and metric.description, metric.name
        chinese = metric.config.meta["label_zh"]
        assert any("一" <= sign <= "鿿" for sign in chinese) or "LTV" in chinese, metric.name
        assert metric.name in AARRR_NAMES or f"`{metric.name}`" in page, metric.name


AARRR_NAMES = {metric_of(column, grain) for column in aarrr_columns() for grain in GRAINS} | {
    f"{word}_dormant_members" for word in GRAINS.values()
}


def test_time_spine_has_every_day(layer: Layer):
    days = sorted(row["date_day"] for row in layer.warehouse.records("sem_time_spine"))
    ((first, last),) = layer.warehouse.query(
        "select first_order_on, as_of_date from intermediate.int_as_of_date"
    )
    start = first.replace(month=1, day=1)
    assert days == [start + timedelta(days=n) for n in range((last - start).days + 1)]


def test_definitions_restate_nothing(dbt, seeded):
    """The code's version is the same without the semantic layer and the exposures."""
    words = ["compile", "--inline", "select '{{ member_loyalty.code_version() }}' as v"]
    version = dbt.invoke(words, seeded, parsed_with={}).check().compiled["inline_query"]
    bare = copy.deepcopy(dbt.manifest(seeded))
    for part in ("semantic_models", "metrics", "saved_queries", "exposures"):
        assert getattr(bare, part), part
        setattr(bare, part, {})
    layer_ids = {node.unique_id for node in bare.nodes.values() if node.fqn[1] == "semantic"}
    assert layer_ids
    bare.nodes = {
        unique_id: node
        for unique_id, node in bare.nodes.items()
        if unique_id not in layer_ids and not layer_ids & set(node.depends_on_nodes)
    }
    _, outcome = dbt._run(words, seeded, "{}", bare)
    assert outcome.check().compiled["inline_query"] == version


def test_exposures_have_an_owner_and_read_what_exists(dbt, seeded):
    exposures = dbt.manifest(seeded).exposures.values()
    assert {exposure.type.value for exposure in exposures} >= {"application", "dashboard"}
    for exposure in exposures:
        assert exposure.owner.name and exposure.maturity and exposure.description, exposure.name
        assert exposure.depends_on.nodes, exposure.name
