"""integration_tests/: another dbt project installs this one as a package and makes it its own.

Its singular tests say what each of its overrides must do; here they pass, and each of them fails
once its override is taken away, so that it is the override that they see.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import PROJECT, QUIET
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

PARTS = ("dbt_project.yml", "models", "macros", "seeds", "analyses", "tests", "integration_tests")
LEFT = shutil.ignore_patterns(
    "harness", "dbt_packages", "target", "logs", "*.duckdb", "__pycache__"
)
EFFECTS = {path.stem for path in (PROJECT / "integration_tests" / "tests").glob("*.sql")}


class UserProject:
    """A copy of integration_tests/ beside a copy of the package, with a database of its own."""

    def __init__(self, folder: Path) -> None:
        for part in PARTS:
            if (PROJECT / part).is_dir():
                shutil.copytree(PROJECT / part, folder / part, ignore=LEFT)
            else:
                shutil.copy(PROJECT / part, folder)
        self.root = folder / "integration_tests"
        self.database = folder / "shop.duckdb"

    def edit(self, change) -> None:
        """Changes dbt_project.yml: `change` is called with its content, a dict."""
        path = self.root / "dbt_project.yml"
        content = yaml.safe_load(path.read_text("utf-8"))
        change(content)
        path.write_text(yaml.safe_dump(content), "utf-8")

    def dbt(self, *words: str) -> dict[str, str]:
        """Runs a dbt command in the project; returns what became of each node, by its name."""
        self.errors: list[str] = []

        def listen(event) -> None:
            if event.info.level == "error":
                self.errors.append(event.info.msg)

        folders = ("--project-dir", str(self.root), "--profiles-dir", str(self.root))
        result = dbtRunner(callbacks=[listen]).invoke([*QUIET, *words, *folders])
        DuckDBConnectionManager.close_all_connections()
        assert result.success or result.result, "\n".join(self.errors) or str(result.exception)
        nodes = getattr(result.result, "results", [])
        return {node.node.name: str(node.status) for node in nodes}

    def build(self, *tests: str) -> dict[str, str]:
        """Builds all but the seeds, or only these tests and the models that they need."""
        words = ["build", "--exclude-resource-type", "seed"]
        if tests:
            words += ["--indirect-selection", "empty", "--select", *(f"+{name}" for name in tests)]
        return self.dbt(*words)

    def query(self, sql: str) -> list[tuple]:
        """Runs SQL on the project's database and returns its rows."""
        with duckdb.connect(str(self.database)) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def user_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UserProject:
    """The project with the package installed and its raw tables loaded."""
    project = UserProject(tmp_path)
    monkeypatch.setenv("INTEGRATION_TESTS_DB", str(project.database))
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    project.dbt("deps")
    project.dbt("seed")
    return project


def failed(statuses: dict[str, str]) -> set[str]:
    """Names of what did not succeed."""
    return {name for name, status in statuses.items() if status in ("error", "fail", "skipped")}


def test_a_project_makes_the_package_its_own(user_project: UserProject):
    statuses = user_project.build()
    assert not failed(statuses)
    assert statuses.keys() >= EFFECTS and len(EFFECTS) == 7
    assert "fct_orders" in statuses and "unique_fct_orders_order_id" in statuses
    schemas = user_project.query("select distinct table_schema from information_schema.tables")
    assert {schema for (schema,) in schemas} >= {"main_shop", "loyalty", "staging"}
    assert ("marts",) not in schemas
    assert not failed(user_project.build()), "a second build, with sources that do not exist"


def test_without_its_overrides_the_tests_of_them_fail(user_project: UserProject):
    (user_project.root / "macros" / "quadrant.sql").unlink()

    def take_away(content: dict) -> None:
        for name in ("business_timezone", "rfm_window_days", "snapshot_interval"):
            del content["vars"]["member_loyalty"][name]

    user_project.edit(take_away)
    statuses = user_project.build(*EFFECTS)
    assert failed(statuses) == {
        "macro_quadrant_is_the_shops",
        "var_business_timezone_is_the_shops",
        "var_rfm_window_days_is_the_shops",
        "var_snapshot_interval_is_the_shops",
    }


def test_without_its_seed_the_package_reads_its_own(user_project: UserProject):
    (user_project.root / "seeds" / "rules" / "order_statuses.csv").unlink()
    user_project.edit(lambda content: content["seeds"].pop("member_loyalty"))
    user_project.edit(lambda content: content["seeds"]["integration_tests"].pop("rules"))
    user_project.dbt("seed")
    statuses = user_project.build("seed_order_statuses_is_the_shops")
    assert failed(statuses) == {"seed_order_statuses_is_the_shops"}


def test_a_model_called_like_one_of_the_package(user_project: UserProject):
    """dbt would give the package the shop's model: refused, or both read their own by a flag."""
    (user_project.root / "models").mkdir()
    (user_project.root / "models/stg_orders.sql").write_text("select 1 as n", "utf-8")
    select = ("run", "--select", "integration_tests.stg_orders", "+int_as_of_date")
    assert not failed(user_project.dbt(*select)), user_project.errors
    user_project.edit(lambda content: content["flags"].popitem())
    with pytest.raises(
        AssertionError, match="models/stg_orders.sql is called as a model of member"
    ):
        user_project.dbt(*select)


def test_a_seed_of_the_shop_is_checked(user_project: UserProject):
    """As the package's own: a file that is not what its types say stops."""
    path = user_project.root / "seeds/rules/order_statuses.csv"
    path.write_text("order_status,raw_status\nsuccessful,paid\n", "utf-8")
    user_project.dbt("seed", "--select", "order_statuses")
    assert "columns are order_status, raw_status; legal: raw_status, order" in str(
        user_project.errors
    )
