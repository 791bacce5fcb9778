"""Models keep to the SQL that DuckDB, PostgreSQL and Spark share; the rest is in macros/warehouse.

To tell the two apart, a copy of the project is compiled in which every macro that macros/warehouse
(or dbt itself) dispatches by engine renders a call of a function `warehouse_<name>(…)` instead.
What then stands in a compiled model was written in the model or in a business rule. It is parsed in
Spark's dialect, each name in it is resolved, and it is looked through for constructs that an engine
lacks or reads differently. A function is allowed only if it is on the list: an unknown one is a
finding, not a guess.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlglot
import yaml
from conftest import FILE_NAME, PROJECT, Dbt, raw_contract
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import OptimizeError, ParseError
from sqlglot.optimizer.qualify import qualify
from sqlglot.tokens import TokenType

ENGINE_MACRO = re.compile(
    r"{%-?\s*macro duckdb__(\w+)\((.*?)\)\s*-?%}.*?{%-?\s*endmacro\s*-?%}", re.DOTALL
)
# dbt's own macros that differ by engine, as far as models and rules call them.
DBT_MACROS = """
{% macro duckdb__date_trunc(part, date) %}warehouse_trunc('{{ part }}', {{ date }}){% endmacro %}
{% macro duckdb__last_day(date, part) %}warehouse_last_day({{ date }}, '{{ part }}'){% endmacro %}
{% macro duckdb__type_string() %}string{% endmacro %}
"""

# Vars that make the models render their other branches.
VARS = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]
VARIANTS = {
    "defaults": {},
    "others": {
        "tie_policy": "split",
        "rfm_method": "nested",
        "purchase_occasion": "day",
        "cycle_statistic": "median",
        "aipl_loyal_rule": "every_gap",
        "aipl_window_days": 30,
        "contribution_measure": "gross_margin",
        "snapshot_interval": "week",
        "snapshot_start": "2023-02-01",
        "as_of_date": "2024-01-31",
        "score_partitions": ["platform", "promotion_code"],
        "infer_members": False,
    },
    "fewest": {
        "tie_policy": "high",
        "aipl_loyal_rule": "latest_gap",
        "snapshot_interval": "day",
        "score_partitions": [],
        "score_bins": 2,
        **{name: False for name in VARS if name.startswith("using_")},
    },
}


def words(text: str) -> set[str]:
    """The words of a text."""
    return set(text.split())


# Functions that read the same in all three engines (design, engines §6), and types with arguments.
PORTABLE = words(
    "abs cast coalesce concat count decimal dense_rank floor greatest lag lead least length lower"
    " max min mod nullif replace round row_number sign substr substring sum trim upper"
)
# Words before a bracket that call nothing.
KEYWORDS = words(
    "all and any as between by case distinct else exists filter from group having in is join not on"
    " or order over partition select then union using values when where window with"
)
TOKENS = {
    TokenType.DCOLON: "a cast by ::",
    TokenType.DIV: "whole division by //",
    TokenType.SLASH: "a division: engines differ, use exact_ratio",
    TokenType.L_BRACE: "a struct",
    TokenType.L_BRACKET: "a list",
    TokenType.ARROW: "a lambda or JSON access",
    TokenType.DARROW: "JSON access",
}
# What the models hold that the grammar of another engine lacks, as lines of the compiled SQL.
LACKING = {
    "bigquery": {"trim": r"trim\(both ' ' from", "a doubled quote": r"ref\(''"},
    "databricks": {},
    "postgres": {},
    "redshift": {},
    "snowflake": {
        "trim with a word": r"trim\(both ' ' from",
        "window": r"(^window|as \(partition)",
    },
    "trino": {},
}
CLOCKS = (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentDatetime)
# Where an ordering key is never null, so that the engines' places for nulls do not matter.
NEVER_NULL = {
    "base_daily_rates": {"rate_date"},
    "base_newest_rates": {"rate_date"},
    "stg_order_refunds": {"refunded_at", "refund_id"},
    "int_calendar": {"regular_snapshot_date"},
    "int_snapshot_dates": {"snapshot_number"},
    "int_order_refund_days": {"refunded_on"},
    "int_member_totals": {"ordered_on"},
    "int_referral_statuses": {"invited_at", "referral_id"},
    "int_purchase_gaps": {"purchase_on"},
    "int_repurchase_cycles": {"gap_days"},
    "int_measure_balances": {"snapshot_number"},
    "int_person_balances": {"snapshot_number"},
    "int_rfm_cells": {"priority"},
    "int_score_cuts": {"measure_value", "member_id"},
    "int_loyalty_cuts": {"measure_value", "member_id"},
    "int_frequency_cuts": {"measure_value", "member_id"},
    "int_monetary_cuts": {"measure_value", "member_id"},
    "int_backtest_outcomes": {"outcome_value"},
    "agg_weight_backtest": {"score"},
    "agg_backtest_deciles": {"score", "decile"},
    "int_dormant_runs": {"purchase_number"},
    "int_tag_changes": {"snapshot_number"},
    "int_next_steps": {"score"},
    "int_campaign_sends": {"sent_at"},
    "int_campaign_orders": {"sent_at", "campaign_id"},
    "int_member_consents": {"consented_at"},
    "int_audience_members": {"snapshot_number", "warehouse_text_digest", "member_id"},
    "int_lifecycle_spells": {"snapshot_number"},
    "int_member_days": {"occurred_on"},
    "int_visit_days": {"occurred_on"},
    "int_order_totals": {"refunded_on"},
    "int_channel_totals": {"invited_on"},
    "int_growth_balances": {"calendar_date"},
    "int_cohort_retention": {"months_since"},
}
# In the text of models and of the rules and staging macros that they call.
FORBIDDEN_TEXT = {
    r"\btarget\.(type|name)\b|\badapter\.type\(": "a branch by engine",
    r"\b(run_started_at|modules\.datetime)\b": "a clock",
    r"\b(now|today|get_current_timestamp|getdate)\s*\(": "a clock",
    r"\bcurrent_(date|time|timestamp)\b": "a clock",
    r"\bselect\s+distinct\b": "select distinct",
    r"\b(run_query|statement)\s*\(": "a question to the warehouse",
    r"\b(duckdb|spark|postgres)__": "a macro for one engine",
}


class NullsSmall(DuckDB):
    """DuckDB's dialect, were nulls the smallest values."""

    NULL_ORDERING = "nulls_are_small"


class NullsLarge(DuckDB):
    """DuckDB's dialect, were nulls the greatest values."""

    NULL_ORDERING = "nulls_are_large"


class Finding(NamedTuple):
    """A construct that is not portable, and the line of the compiled SQL where it stands."""

    line: int
    construct: str


def neutral(macro: re.Match) -> str:
    """An engine's macro rewritten to render a call of `warehouse_<name>`.

    A parameter `pattern`, which is no SQL, is quoted. A macro without parameters renders nothing:
    it can only be a hint to the engine (were it more, what is left would not parse).
    """
    name, signature = macro.groups()
    names = [part.split("=")[0].strip() for part in signature.split(",") if part.strip()]
    shown = [f"'{{{{ {x} }}}}'" if x == "pattern" else f"{{{{ {x} }}}}" for x in names]
    call = f"warehouse_{name}({', '.join(shown)})" if names else ""
    return f"{{% macro duckdb__{name}({signature}) -%}} {call} {{%- endmacro %}}"


def copy_project(folder: Path) -> Path:
    """A copy of the project's models, macros and seeds with its engine macros made neutral."""
    for part in ("models", "macros", "seeds", "tests/generic"):
        shutil.copytree(PROJECT / part, folder / part)
    shutil.copy(PROJECT / "dbt_project.yml", folder)
    for path in (folder / "macros" / "warehouse").glob("*.sql"):
        path.write_text(ENGINE_MACRO.sub(neutral, path.read_text("utf-8")), "utf-8")
    (folder / "macros" / "neutral.sql").write_text(DBT_MACROS, "utf-8")
    return folder


def compile_models(dbt: Dbt, work: Path, vars: Mapping[str, object]) -> dict[str, str]:
    """The compiled SQL of each model, without looking at any warehouse."""
    database = work / "database" / FILE_NAME
    database.parent.mkdir(exist_ok=True)
    command = ["compile", "--no-introspect", "--select", "resource_type:model"]
    compiled = dbt.invoke(command, database, vars, parsed_with={}).check().compiled
    return {name: sql for name, sql in compiled.items() if name in model_files(dbt.project)}


def model_files(project: Path) -> dict[str, Path]:
    """The file of each model."""
    return {path.stem: path for path in (project / "models").rglob("*.sql")}


def line_of(node: exp.Expression) -> int:
    """The first line of the node, or of the part around it if the parser knows none."""
    lines = [part.meta["line"] for part in node.walk() if "line" in part.meta]
    return min(lines) if lines else line_of(node.parent) if node.parent else 1


def written_constructs(sql: str) -> Iterator[Finding]:
    """Findings that show in the words of the SQL: functions and signs."""
    tokens = sqlglot.tokenize(sql, read="duckdb")
    opening = (None, TokenType.L_PAREN, TokenType.ALL)
    for before, token, following in zip([None, *tokens], tokens, [*tokens[1:], tokens[-1]]):
        if token.token_type in TOKENS:
            yield Finding(token.line, TOKENS[token.token_type])
        if token.token_type == TokenType.FROM and getattr(before, "token_type", None) in opening:
            yield Finding(token.line, "from without select")
        name = token.text.lower()
        calls = following.token_type == TokenType.L_PAREN and re.fullmatch(r"[a-z_]\w*", name)
        if calls and not name.startswith("warehouse_") and name not in PORTABLE | KEYWORDS:
            yield Finding(token.line, f"function {name}()")


def parsed_constructs(tree: exp.Expression) -> Iterator[Finding]:
    """Findings that show in the structure of the SQL."""
    for node in tree.walk():
        found = None
        if isinstance(node, exp.Qualify):
            found = "qualify"
        elif isinstance(node, exp.Group) and node.args.get("all"):
            found = "group by all"
        elif isinstance(node, exp.Join) and (
            node.method in ("ASOF", "POSITIONAL") or node.kind in ("SEMI", "ANTI")
        ):
            found = f"{node.method or node.kind} join".lower()
        elif isinstance(node, exp.Star) and any(node.args.values()):
            found = "a star with exclude, replace or rename"
        elif isinstance(node, exp.Columns):
            found = "columns(…)"
        elif isinstance(node, exp.Select) and node.args.get("distinct"):
            found = "select distinct"
        elif isinstance(node, exp.IgnoreNulls | exp.RespectNulls):
            found = "ignore nulls"
        elif isinstance(node, exp.WindowSpec) and node.args["kind"].lower() != "rows":
            found = f"a {node.args['kind'].lower()} frame"
        elif isinstance(node, exp.TryCast) or (
            isinstance(node, exp.Cast) and node.args.get("safe")
        ):
            found = "try_cast"
        elif isinstance(node, exp.Unnest | exp.Lateral | exp.Pivot | exp.TableSample | exp.Glob):
            found = type(node).__name__.lower()
        elif isinstance(node, CLOCKS):
            found = "a clock"
        elif isinstance(node, exp.With) and node.args.get("recursive"):
            found = "a recursive CTE"
        elif isinstance(node, exp.CTE) and node.args.get("materialized") is not None:
            found = "a materialized hint"
        elif isinstance(node, exp.SetOperation) and node.args.get("by_name"):
            found = "union by name"
        if found:
            yield Finding(line_of(node), found)


def may_be_null(key: exp.Expression, never_null: set[str]) -> bool:
    """Whether an ordering key can be null, as far as its own words tell."""
    if isinstance(key, exp.Coalesce):
        return all(may_be_null(part, never_null) for part in (key.this, *key.expressions))
    if isinstance(key, exp.Least | exp.Greatest):
        return all(may_be_null(part, never_null) for part in (key.this, *key.expressions))
    return not isinstance(key, exp.Literal) and key.name not in never_null


def unstated_null_orders(sql: str, never_null: set[str]) -> Iterator[Finding]:
    """Orderings that would change if nulls were small instead of large: nobody said which."""
    trees = (sqlglot.parse_one(sql, read=dialect) for dialect in (NullsSmall, NullsLarge))
    for small, large in zip(*(tree.find_all(exp.Ordered) for tree in trees)):
        stated = small.args.get("nulls_first") == large.args.get("nulls_first")
        if not stated and may_be_null(small.this, never_null):
            yield Finding(line_of(small), f"order by {small.this.sql()} without a word on nulls")


def unresolved_names(tree: exp.Expression, schema: dict) -> Iterator[Finding]:
    """Names that no column has: aliases of the same select used as columns; columns named twice."""
    try:
        resolved = qualify(
            tree, dialect="duckdb", schema=schema, expand_alias_refs=False, quote_identifiers=False
        )
    except OptimizeError as error:
        line = re.search(r"Line: (\d+)", str(error))
        yield Finding(int(line[1]) if line else 1, str(error).partition(". Line")[0])
        return
    for select in resolved.find_all(exp.Select):
        names = select.named_selects
        for name in {name for name in names if names.count(name) > 1}:
            yield Finding(line_of(select), f"two columns {name} in one select")


def for_spark(sql: str) -> str:
    """The SQL with names in back quotes, as Spark wants them, on the same lines."""
    parts, end = [], 0
    for token in sqlglot.tokenize(sql, read="duckdb"):
        if token.token_type == TokenType.IDENTIFIER:
            parts += [sql[end : token.start], f"`{token.text}`"]
            end = token.end + 1
    return "".join(parts) + sql[end:]


def misread(sql: str, dialect: str) -> str:
    """The line that another engine's grammar does not read; empty where it reads all."""
    quoted = for_spark(sql) if dialect in ("bigquery", "databricks") else sql
    try:
        sqlglot.parse_one(quoted, read=dialect)
    except ParseError as error:
        return quoted.splitlines()[error.errors[0]["line"] - 1].strip()
    return ""


def findings(sql: str, schema: dict, never_null: set[str] = frozenset()) -> list[Finding]:
    """What in a compiled SQL statement is not portable, by line; empty = nothing."""
    found = [*written_constructs(sql)]
    try:
        sqlglot.parse_one(for_spark(sql), read="spark")
        tree = sqlglot.parse_one(sql, read="duckdb")
    except ParseError as error:
        fault = error.errors[0]
        found.append(Finding(fault["line"] or 1, f"not Spark's: {fault['description']}"))
    else:
        found += parsed_constructs(tree)
        found += unstated_null_orders(sql, never_null)
        found += unresolved_names(tree, schema)
    return sorted(set(found))


def project_schema() -> dict[str, dict[str, dict[str, str]]]:
    """Columns of the raw tables and the seeds by schema, as sqlglot wants them; types all alike."""
    seeds = (PROJECT / "seeds").rglob("*.csv")
    tables = {
        "raw": raw_contract(),
        "seeds": {path.stem: path.read_text("utf-8").splitlines()[0].split(",") for path in seeds},
    }
    return {
        schema: {table: dict.fromkeys(columns, "text") for table, columns in part.items()}
        for schema, part in tables.items()
    }


def all_findings(models: dict[str, str], schemas: dict[str, str]) -> list[str]:
    """The findings of all models in words, each model after those that it selects from.

    Args: models - compiled SQL by name; schemas - the schema in which each model is.
    """
    schema, waiting, words = project_schema(), dict(models), []
    while waiting:
        ready = {}
        for name, sql in waiting.items():
            used = set(re.findall(r'"(\w+)"\."(\w+)"\."(\w+)"', sql))
            if not {table for *_, table in used} & (waiting.keys() - {name}):
                ready[name] = sql
        assert ready, f"models in a circle: {waiting.keys()}"
        for name, sql in ready.items():
            sql = re.sub(r'"\w+"\.("\w+"\."\w+")', r"\1", waiting.pop(name))
            lines = sql.splitlines()
            words += [
                f"{name}, line {line}: {construct}\n    {lines[line - 1].strip()}"
                for line, construct in findings(sql, schema, NEVER_NULL.get(name, set()))
            ]
            try:
                tree = qualify(sqlglot.parse_one(sql, read="duckdb"), schema=schema)
                columns = tree.named_selects
            except (OptimizeError, ParseError):
                columns = []  # reported above; what selects from it is reported, too
            schema.setdefault(schemas[name], {})[name] = dict.fromkeys(columns, "text")
    return words


def model_schemas(dbt: Dbt, database: Path) -> dict[str, str]:
    """The schema of each model."""
    nodes = dbt.manifest(database).nodes.values()
    return {node.name: node.schema for node in nodes if node.resource_type == "model"}


@pytest.fixture(scope="module")
def neutral_dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """dbt on a copy of the project whose engine macros are neutral."""
    work = tmp_path_factory.mktemp("neutral")
    return Dbt(work, copy_project(work / "project"))


@pytest.mark.parametrize("variant", VARIANTS)
def test_models_are_portable(neutral_dbt: Dbt, variant: str):
    models = compile_models(neutral_dbt, neutral_dbt.work, VARIANTS[variant])
    assert models.keys() == model_files(PROJECT).keys()
    schemas = model_schemas(neutral_dbt, neutral_dbt.work / "database" / FILE_NAME)
    found = all_findings(models, schemas)
    assert not found, "\n".join([f"{len(found)} findings", *found])


@pytest.mark.parametrize("dialect", LACKING)
def test_other_dialects_read_the_models(neutral_dbt: Dbt, dialect: str):
    """The grammar of another engine, no more: not its types, its functions or its answers."""
    models = compile_models(neutral_dbt, neutral_dbt.work, {})
    known = LACKING[dialect]
    found = set()
    for name, sql in models.items():
        line = misread(sql, dialect)
        lacks = [what for what, pattern in known.items() if re.search(pattern, line)]
        assert lacks or not line, f"{name}: {line}"
        found.update(lacks)
    assert found == known.keys(), "no model holds the others any more"


@pytest.mark.parametrize("dialect", LACKING)
def test_what_a_dialect_lacks_would_be_found(dialect: str):
    assert not misread('select a from "s"."t" where a is not distinct from 1', dialect)
    assert misread("select a from t where a glob 'x' group", dialect)


def test_what_the_engine_renders_would_be_found(dbt: Dbt, tmp_path: Path):
    """Without the neutral macros the same look finds DuckDB's own constructs."""
    models = compile_models(dbt, tmp_path, {})
    found = "\n".join(all_findings(models, model_schemas(dbt, tmp_path / "database" / FILE_NAME)))
    for construct in (
        "function date_diff()",
        "function regexp_full_match()",
        "whole division by //",
    ):
        assert construct in found


PLANTED = {
    "select a from t qualify row_number() over (order by b nulls last) = 1": "qualify",
    "select a, count(*) as n from t group by all": "group by all",
    "select a + 1 as c, c + 1 as d from t": "Column 'c' could not be resolved",
    "select a + 1 as c from t where c > 1": "Column 'c' could not be resolved",
    "select a + 1 as c from t group by c": "Column 'c' could not be resolved",
    "select t.*, 1 as a from t": "two columns a in one select",
    "select list(a) as c from t": "function list()",
    "select median(a) as c from t": "function median()",
    "select date_diff('day', a, b) as c from t": "function date_diff()",
    "select regexp_full_match(a, 'x') as c from t": "function regexp_full_match()",
    "select arg_max(a, b) as c from t": "function arg_max()",
    "select a // b as c from t": "whole division by //",
    "select a / b as c from t": "a division",
    "select a::integer as c from t": "a cast by ::",
    "select [a, b] as c from t": "a list",
    "select {'x': a} as c from t": "a struct",
    "select try_cast(a as integer) as c from t": "try_cast",
    "select * exclude (a) from t": "a star with exclude",
    "select * replace (1 as a) from t": "a star with exclude",
    "select columns('a') from t": "columns",
    "select distinct a from t": "select distinct",
    "select t.a from t asof join u on t.a = u.a and t.b >= u.c": "asof join",
    "select t.a from t semi join u on t.a = u.a": "semi join",
    "select unnest(range(a)) as c from t": "unnest",
    "select last_value(a ignore nulls) over (partition by b order by a nulls last) as c from t":
        "ignore nulls",
    "select sum(a) over (partition by b order by a nulls last groups 1 preceding) as c from t":
        "a groups frame",
    "select sum(a) over (order by b nulls last range between 3 preceding and current row) as c"
    " from t": "a range frame",
    "select sum(a) over (order by b nulls last range between interval 3 day preceding and current"
    " row) as c from t": "a range frame",
    "select row_number() over (order by a) as c from t": "order by a without a word on nulls",
    "select row_number() over (order by a desc) as c from t": "order by a without a word on nulls",
    "select a from t where b < current_date": "a clock",
    "select a from t where b < current_timestamp": "a clock",
    "select a from t where b < now()": "function now()",
    "with recursive r as (select a from t) select a from r": "a recursive CTE",
    "with r as materialized (select a from t) select a from r": "a materialized hint",
    "select a from t union by name select a from u": "union by name",
    "from t": "from without select",
    "select a from t union all from t": "from without select",
    "select a from t where a ->> 'x' = b": "JSON access",
    "select a from t where a ~ 'x'": "not Spark's",
    "select a from t where a glob 'x'": "glob",
    "select a from t using sample 5%": "tablesample",
}  # fmt: skip


@pytest.mark.parametrize("sql", PLANTED)
def test_a_planted_construct_is_found(sql: str):
    schema = {"t": {"a": "text", "b": "text"}, "u": {"a": "text", "c": "text"}}
    found = findings(sql, schema)
    assert any(PLANTED[sql] in construct for _, construct in found), found


@pytest.mark.parametrize(
    "sql",
    [
        "select a, sum(b) over (order by a nulls last rows unbounded preceding) as c from t",
        "select row_number() over (order by coalesce(a, '') desc) as c from t",
        "select warehouse_days_between(a, b) as c from t where a is not distinct from b",
        "select coalesce(t.a, u.a) as c from t full join u on t.a = u.a",
        "with w as (select a, count(*) as n from t group by a) select a, n from w",
    ],
)
def test_portable_sql_passes(sql: str):
    assert not findings(sql, {"t": {"a": "text", "b": "text"}, "u": {"a": "text", "c": "text"}})


def test_a_violation_in_a_model_or_a_rule_is_named(tmp_path: Path):
    """End to end: planted in a copy of the project, it is found by model, line and construct."""
    project = copy_project(tmp_path / "project")
    plants = {
        "models/marts/core/fct_referrals.sql": (
            "referral_id,",
            "referral_id::text as referral_id,",
        ),
        "macros/rules/half.sql": ("then 1", "then array_length([1])"),
    }
    for name, (old, new) in plants.items():
        text = (project / name).read_text("utf-8")
        assert old in text, f"{name} has changed: plant elsewhere"
        (project / name).write_text(text.replace(old, new), "utf-8")
    dbt = Dbt(tmp_path, project)
    models = compile_models(dbt, tmp_path, {})
    found = all_findings(models, model_schemas(dbt, tmp_path / "database" / FILE_NAME))
    assert any(
        re.match(r"fct_referrals, line \d+: a cast by ::\n    referral_id::text", finding)
        for finding in found
    ), found
    assert any(
        re.match(r"int_rfm_scores, line \d+: function array_length\(\)", f) for f in found
    ), found
    assert {finding.split(",")[0] for finding in found} <= {
        "fct_referrals", "int_rfm_scores", "int_trait_scores", "int_loyalty_scores",
        "member_explanations",
    }  # fmt: skip


def source_text(path: Path) -> str:
    """The text of an SQL file with its comments blanked out, lines kept."""
    comment = re.compile(r"{#.*?#}|--[^\n]*", re.DOTALL)
    return comment.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), path.read_text("utf-8"))


def text_findings(text: str) -> list[Finding]:
    """What must not stand in the text of a model or of a macro that it calls."""
    return sorted(
        Finding(text.count("\n", 0, match.start()) + 1, construct)
        for pattern, construct in FORBIDDEN_TEXT.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    )


def test_sources_read_no_clock_and_no_engine():
    files = [
        path
        for folder in ("models", "macros/rules", "macros/staging")
        for path in sorted((PROJECT / folder).rglob("*.sql"))
    ]
    assert files
    found = [
        f"{path.relative_to(PROJECT)}, line {line}: {construct}"
        for path in files
        for line, construct in text_findings(source_text(path))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text, construct",
    [
        ("{% if target.type == 'duckdb' %}", "a branch by engine"),
        ("select {{ run_started_at }}", "a clock"),
        ("where d < current_date", "a clock"),
        ("where d < now ()", "a clock"),
        ("select  distinct a", "select distinct"),
        ("{% set x = run_query('select 1') %}", "a question to the warehouse"),
        ("{{ duckdb__int_div(1, 2) }}", "a macro for one engine"),
    ],
)
def test_a_forbidden_text_is_found(text: str, construct: str):
    assert text_findings(f"-- first line\n{text}") == [Finding(2, construct)]
