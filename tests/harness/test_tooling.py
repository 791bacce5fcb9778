"""The public face of the project agrees with itself: vars, docs, contracts, lock, sizes."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT, raw_contract

# The grain of each mart that the specification states; rejected_rows has no key.
SPEC_GRAIN = {
    "dim_members": ["member_id"],
    "fct_orders": ["order_id"],
    "fct_referrals": ["referral_id"],
    "fct_rfm_scores": ["snapshot_date", "score_partition", "member_id"],
    "fct_loyalty_scores": ["snapshot_date", "member_id"],
    "fct_member_quadrants": ["snapshot_date", "member_id"],
    "fct_lifecycle_snapshots": ["snapshot_date", "member_id"],
    "fct_aipl_stages": ["snapshot_date", "person_id"],
    # `within_scores` is `all` unless scores are nested: the specification's grain and one column.
    "agg_score_bounds": ["snapshot_date", "score_partition", "measure", "within_scores", "score"],
    "agg_rfm_cells": ["snapshot_date", "score_partition", "r_score", "f_score", "m_score"],
    "agg_segment_transitions": [
        "segment_family",
        "from_date",
        "to_date",
        "from_segment",
        "to_segment",
    ],
    "agg_aarrr": ["period_grain", "period_start", "channel"],
    "agg_cohort_retention": ["cohort_month", "channel", "months_since"],
    "fct_member_tags": ["member_id", "tag_family", "valid_from"],
    "fct_next_steps": ["member_id", "measure"],
    "rejected_rows": [],
    # `trait` says whose weight it is: the specification's grain with one column more.
    "agg_weight_backtest": ["origin_date", "horizon_days", "outcome", "trait", "weight"],
}
# The defaults that the specification states, written out here once more.
# What the project has beyond the specification.
OWN_GRAIN = {
    "fct_build_log": ["build_id", "input"],
    "fct_next_actions": ["member_id"],
    "dim_audiences": ["audience"],
    "fct_audience_members": ["audience", "member_id"],
    "agg_campaign_lift": ["campaign_id", "variant"],
    "agg_backtest_deciles": [
        "origin_date",
        "horizon_days",
        "outcome",
        "trait",
        "weight",
        "decile",
    ],
    "agg_score_rules": ["snapshot_date", "score_partition", "measure"],
    "dim_rfm_cells": ["rfm_cell"],
    "agg_population_shares": ["subject", "from_date", "to_date", "label"],
    "agg_population_stability": ["subject", "from_date", "to_date"],
}
OWN_DEFAULTS = {
    "restate_from": "",
    "rfm_method": "independent",
    "audience_history_days": 365,
    "campaign_window_days": 14,
    "campaign_min_members": 100,
    "backtest_horizon_days": 90,
    "backtest_origins": 8,
    "alarm_stability_index": 0.25,
    "alarm_mean_shift": 0.5,
}
MART_GRAIN = SPEC_GRAIN | OWN_GRAIN
SPEC_DEFAULTS = {
    "max_rejected_share": 0.05,
    "business_timezone": "UTC",
    "reporting_currency": "USD",
    "infer_members": True,
    "purchase_occasion": "order",
    "referral_attribution_days": 90,
    "activation_days": 30,
    "rfm_window_days": 365,
    "referral_window_days": 365,
    "contribution_measure": "net_revenue",
    "score_bins": 5,
    "tie_policy": "low",
    "score_partitions": ["platform"],
    "dormant_r_scores": [0, 1],
    "development_grace_days": 90,
    "dormant_min_cycles": 0,
    "churn_after_days": 180,
    "cycle_statistic": "mean",
    "cycle_lookback_days": 730,
    "default_cycle_days": 90,
    "aipl_loyal_rule": "current",
    "aipl_window_days": 0,
    "snapshot_interval": "month",
    "snapshot_start": "",
    "as_of_date": "",
}
SOURCE_DEFAULTS = {"raw_database": "", "raw_schema": "raw"}
SOURCE_DEFAULTS |= {f"raw_{table}_identifier": table for table in raw_contract()}
SOURCE_DEFAULTS |= {f"using_{table}": True for table in raw_contract() if table != "orders"}


def project_vars() -> dict[str, object]:
    """Returns the vars of dbt_project.yml with their defaults."""
    return yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]


def readme_vars() -> dict[str, object]:
    """Returns the vars of README's table with their defaults.

    A row whose name holds `<table>` stands for one var a raw table, with the table's name put in.
    """
    text = (PROJECT / "README.md").read_text("utf-8")
    block = text.split("<!-- vars -->")[1].split("<!-- /vars -->")[0]
    found = {}
    for line in block.strip().splitlines()[2:]:
        name, default = (cell.strip().strip("`") for cell in line.strip().strip("|").split("|")[:2])
        tables = raw_contract() if "<table>" in name else [""]
        for table in tables:
            if (name, table) != ("using_<table>", "orders"):
                value = yaml.safe_load(default.replace("<table>", table))
                found[name.replace("<table>", table)] = "" if value is None else value
    return found


def test_defaults_are_those_of_the_specification():
    assert project_vars() == SPEC_DEFAULTS | SOURCE_DEFAULTS | OWN_DEFAULTS


def test_readme_lists_every_var_with_its_default():
    assert readme_vars() == project_vars()


def test_every_var_says_what_it_may_be():
    """Each var that is no name of a source carries its range in a comment, once."""
    text = (PROJECT / "dbt_project.yml").read_text("utf-8")
    for name in SPEC_DEFAULTS | OWN_DEFAULTS:
        assert re.search(rf"^  {name}: .*# .+$", text, re.M), name


def test_config_rules_name_every_var(dbt, seeded):
    words = ["compile", "--inline", "{{ member_loyalty.config_rules() | list | tojson }}"]
    outcome = dbt.invoke(words, seeded, parsed_with={}).check()
    assert set(yaml.safe_load(outcome.compiled["inline_query"])) == set(project_vars())


def test_lock_holds_the_pins():
    """requirements.lock was made from this pyproject.toml: exact versions, each pin kept."""
    lock = [
        line
        for line in (PROJECT / "requirements.lock").read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lock)
    locked = {line.split("==")[0].lower().replace("_", "-"): line.split("==")[1] for line in lock}
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    for wanted in project["dependency-groups"]["dev"]:
        name, _, version = wanted.partition("==")
        assert name in locked
        assert not version or locked[name] == version


def test_make_help_names_every_command():
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    commands = re.findall(r"^\.PHONY: (\S+)$", makefile, re.M)
    shown = subprocess.run(
        ["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    assert {"build", "test", "lint", "format", "docs", "clean", "help"} <= set(commands)
    assert [line.split()[1] for line in shown.splitlines()] == commands


# ---------------------------------------------------------------------------------------------
# Pages


def anchors(text: str) -> set[str]:
    """Returns the anchors that a page's headings make on GitHub."""
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_somewhere():
    """Links within the project name a file that exists, and a heading that it has."""
    broken = []
    folders = ("docs", "examples", "integration_tests", "tests")
    below = itertools.chain.from_iterable((PROJECT / name).rglob("*.md") for name in folders)
    for page in [*PROJECT.glob("*.md"), *below]:
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if re.match(r"\w+:", link):
                continue
            if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
                broken.append(f"{page.relative_to(PROJECT)}: {link}")
    assert not broken


def test_metrics_page_names_every_column_of_every_mart(marts):
    sections = (PROJECT / "docs/metrics.md").read_text("utf-8").split("\n## ")
    texts = {section.split("\n", 1)[0]: section for section in sections}
    missing = [
        f"{mart.name}.{column}"
        for mart in marts
        for column in mart.columns
        if f"**`{column}`**" not in texts[mart.name]
    ]
    assert not missing


def test_readme_names_every_mart_with_its_grain():
    """The table of the marts: first cell the name, second the columns of the grain."""
    text = (PROJECT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `((?:dim|fct|agg)_\w+|rejected_rows)` \| ([^|]*) \|", text, re.M)
    assert {mart: re.findall(r"`(\w+)`", grain) for mart, grain in rows} == MART_GRAIN


# ---------------------------------------------------------------------------------------------
# Models, seeds and macros


@pytest.fixture(scope="session")
def manifest(dbt, seeded):
    """The parsed project."""
    return dbt.manifest(seeded)


@pytest.fixture(scope="session")
def nodes(manifest):
    """Its models and seeds."""
    return [
        node
        for node in manifest.nodes.values()
        if node.resource_type in ("model", "seed") and node.package_name == "member_loyalty"
    ]


@pytest.fixture(scope="session")
def marts(nodes):
    """Its marts: the models that users read."""
    return [node for node in nodes if node.path.startswith("marts/")]


def test_every_description_begins_with_the_grain(nodes):
    wrong = [node.name for node in nodes if not re.match("(One|At most one) row", node.description)]
    assert not wrong


def test_every_documented_column_is_described(nodes, manifest):
    wrong = [
        f"{node.name}.{column.name}"
        for node in [*nodes, *manifest.sources.values()]
        for column in node.columns.values()
        if len(column.description) < 5
    ]
    assert not wrong


def test_every_column_is_documented(nodes, built):
    """Compares what the warehouse holds with what the yml files describe."""
    wrong = []
    for node in nodes:
        if not node.path.startswith("audiences/"):  # all have the same two
            columns, _ = built.rows(node.name)
            if set(columns) != set(node.columns):
                wrong.append(f"{node.name}: {set(columns) ^ set(node.columns)}")
    assert not wrong


@pytest.fixture(scope="session")
def built(make_warehouse):
    """A warehouse built from two orders."""
    columns = ["order_id", "member_id", "ordered_at", "gross_amount"]
    rows = [["o1", "m1", "2024-01-15", "10"], ["o2", "m1", "2024-03-02", "x"]]
    warehouse = make_warehouse().load({"orders": (columns, rows)})
    warehouse.build().check()
    warehouse.build(select="tag:backtest").check()  # left out of a build unless it is asked for
    return warehouse


def test_every_mart_is_under_contract(marts):
    for mart in marts:
        assert mart.contract.enforced, mart.name
        assert mart.access == "public", mart.name
        assert mart.group, mart.name


@pytest.fixture(scope="session")
def unique_columns(manifest):
    """For each model, by its id, the lists of columns that a data test holds to be unique."""
    found = defaultdict(list)
    for node in manifest.nodes.values():
        metadata = getattr(node, "test_metadata", None)
        if metadata and metadata.name == "unique_grain":
            found[node.attached_node].append(metadata.kwargs["columns"])
        elif metadata and metadata.name == "unique":
            found[node.attached_node].append([metadata.kwargs["column_name"]])
    return found


def test_every_mart_keeps_its_grain(marts, unique_columns):
    """The grain is a primary key, or (large marts, docs/decisions.md) tested; never null."""
    assert {mart.name for mart in marts} == set(MART_GRAIN)
    for mart in marts:
        grain = MART_GRAIN[mart.name]
        keys = [key.columns for key in mart.constraints if key.type == "primary_key"]
        assert len(keys) <= 1, mart.name
        assert not grain or grain in keys + unique_columns[mart.unique_id], mart.name
        for column in grain:
            kinds = {constraint.type for constraint in mart.columns[column].constraints}
            assert "not_null" in kinds, f"{mart.name}.{column}"


def test_every_model_keeps_its_grain(nodes, unique_columns):
    """A data test finds a row that comes twice, or the description says why there is no key."""
    without_test = [
        node.name
        for node in nodes
        if not unique_columns[node.unique_id] and "no key" not in node.description
    ]
    # A view of every label of every member: it is there to be asked for one, and never read whole.
    assert without_test == ["member_explanations"]


def test_unit_tests_run_before_the_first_build(manifest):
    """What a model held before is given as SQL: for CSV, dbt asks the model's table for columns."""
    wrong = [
        test.name
        for test in manifest.unit_tests.values()
        for given in test.given
        if given.input == "this" and given.format != "sql"
    ]
    assert not wrong


def test_what_is_kept_is_tested_in_each_build(manifest):
    """Tests with the tag audit are of what is made anew, and of raw rows."""
    wrong = [
        node.name
        for node in manifest.nodes.values()
        if node.resource_type == "test" and "audit" in node.tags and node.attached_node
        for tested in [manifest.nodes[node.attached_node]]
        if tested.config.materialized == "incremental" and not tested.name.startswith("base_")
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("fault", "finds"),
    [
        ("update intermediate.int_orders set platform = 'elsewhere'", False),
        ("insert into intermediate.int_orders from intermediate.int_orders", True),
        ("update intermediate.int_orders set order_id = null", True),
    ],
)
def test_a_test_of_the_grain_finds_twins_and_nulls(built, make_warehouse, fault, finds):
    warehouse = make_warehouse()
    shutil.copyfile(built.path, warehouse.path)
    warehouse.query(fault)
    outcome = warehouse.build(select="test_name:unique_grain,int_orders", command="test")
    assert outcome.failures == ({"unique_grain_int_orders_order_id"} if finds else set())
    assert len(outcome.statuses) > 1  # hooks and the test


@pytest.mark.parametrize(("days_ago", "status"), [([1], "pass"), ([3], "warn"), ([3, -9], "warn")])
def test_freshness_warns_of_a_feed_that_has_stopped(warehouse, days_ago, status):
    """The newest order tells, but none that is yet to come."""
    orders = [
        [f"o{day}", "m1", str(datetime.now(UTC).replace(tzinfo=None) - timedelta(day)), "10"]
        for day in days_ago
    ]
    warehouse.load({"orders": (["order_id", "member_id", "ordered_at", "gross_amount"], orders)})
    outcome = warehouse.dbt.invoke(["source", "freshness"], warehouse.path)
    assert outcome.statuses["orders"] == status


def test_contract_types_are_exact(marts):
    """A bare decimal would mean decimal(18,3)."""
    for mart in marts:
        for column in mart.columns.values():
            assert column.data_type, f"{mart.name}.{column.name}"
            assert column.data_type.lower() not in ("decimal", "numeric"), column.name


def test_groups_have_an_owner(manifest):
    assert manifest.groups
    for group in manifest.groups.values():
        assert group.owner.name, group.name


def test_macros_are_documented(manifest):
    """Each where it stands; those that are there to be overridden or called, in dbt's docs too."""
    wrong = []
    for macro in manifest.macros.values():
        folder = Path(macro.original_file_path).parent.as_posix()
        implements = re.match("(default|duckdb|spark|postgres)__|generate_|test_", macro.name)
        if macro.package_name != "member_loyalty" or implements:
            continue
        if not re.search(rf"macro {macro.name}\(.*?\) -?%}}\s*{{#", macro.macro_sql, re.S):
            wrong.append(f"{macro.name} has no comment")
        if folder in ("macros/rules", "macros/config"):
            signature = re.search(rf"macro {macro.name}\((.*?)\) -?%}}", macro.macro_sql, re.S)
            names = re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", signature[1])
            described = [argument.name for argument in macro.arguments if argument.description]
            if not macro.description or described != names:
                wrong.append(f"{macro.name}({', '.join(names)})")
    assert not wrong


def test_house_sizes():
    """Models of at most 120 lines, 35 in the median; macros under 40; lines of 100 columns."""
    models = {path: path.read_text("utf-8") for path in PROJECT.glob("models/**/*.sql")}
    macros = {path: path.read_text("utf-8") for path in PROJECT.glob("macros/**/*.sql")}
    sizes = sorted(len(text.splitlines()) for text in models.values())
    assert sizes[-1] <= 120
    assert sizes[len(sizes) // 2] <= 35
    body = re.compile(r"\{%-? macro (\w+).*?endmacro -?%\}", re.S)
    found = itertools.chain.from_iterable(body.finditer(text) for text in macros.values())
    assert not [match[1] for match in found if match[0].count("\n") + 1 >= 40]
    wide = [
        f"{path.relative_to(PROJECT)}:{number}"
        for path, text in (models | macros).items()
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > 100
    ]
    assert not wide


@pytest.mark.parametrize("word", ["target.type", "current_date", "current_timestamp", r"now\("])
def test_models_read_no_clock_and_no_engine(word):
    pattern = re.compile(rf"\b{word}", re.I)
    assert not [
        path for path in PROJECT.glob("models/**/*.sql") if pattern.search(path.read_text())
    ]


def test_project_parses_without_a_warning(dbt, seeded):
    dbt.invoke(["parse", "--no-partial-parse", "--warn-error"], seeded, parsed_with={}).check()


# ---------------------------------------------------------------------------------------------
# The summary


def run_summary(path: Path) -> subprocess.CompletedProcess:
    """Runs scripts/summary.py on a file."""
    command = [sys.executable, str(PROJECT / "scripts/summary.py"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_summary_tells_what_a_build_did(built):
    done = run_summary(built.path)
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "orders 2 1 1 bad_number 1" in lines
    assert "events 0 0 0" in lines
    assert any("from 2024-01-15 to 2024-01-15" in line for line in lines)
    assert "Development development 1 100.0 %" in lines
    assert f"Database: {built.path}" in lines


def test_summary_without_a_warehouse_is_one_line(tmp_path):
    done = run_summary(tmp_path / "none.duckdb")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "make build" in done.stderr


def test_summary_of_an_unfinished_build_is_one_line(seeded):
    done = run_summary(seeded)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no complete warehouse" in done.stderr
