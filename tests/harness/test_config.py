"""Bad configuration stops the build before any SQL, in words that name what is legal."""

from __future__ import annotations

import re
import shutil
import sys
from datetime import date

import duckdb
import pytest
import yaml
from conftest import FILE_NAME, PROJECT, Dbt

sys.path.insert(0, str(PROJECT / "scripts"))
import check_seeds  # noqa: E402

VARS = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]
DAYS = [
    "rfm_window_days",
    "referral_window_days",
    "churn_after_days",
    "cycle_lookback_days",
    "default_cycle_days",
]
DAYS_OR_0 = ["referral_attribution_days", "development_grace_days", "aipl_window_days"]
CHOICES = {
    "purchase_occasion": ["order", "day"],
    "contribution_measure": ["net_revenue", "gross_margin"],
    "tie_policy": ["low", "high", "split"],
    "cycle_statistic": ["mean", "median"],
    "aipl_loyal_rule": ["current", "latest_gap", "every_gap"],
    "snapshot_interval": ["day", "week", "month"],
}
YES_NO = [name for name, default in VARS.items() if isinstance(default, bool)]

BAD = [
    *((name, 0, "a whole number from 1 to 99999") for name in DAYS),
    *((name, -1, "a whole number from 0 to 99999") for name in DAYS_OR_0),
    *((name, 100000, "99999") for name in DAYS + DAYS_OR_0),
    *((name, 1.5, "a whole number") for name in DAYS + DAYS_OR_0),
    *((name, "30", "a whole number") for name in DAYS + DAYS_OR_0),
    *((name, "none of these", ", ".join(legal)) for name, legal in CHOICES.items()),
    *((name, "yes", "true or false") for name in YES_NO),
    ("score_bins", 1, "a whole number from 2 to 9"),
    ("score_bins", 10, "a whole number from 2 to 9"),
    ("score_bins", True, "a whole number from 2 to 9"),
    ("max_rejected_share", -0.01, "a number from 0 to 1"),
    ("max_rejected_share", 1.01, "a number from 0 to 1"),
    ("max_rejected_share", True, "a number from 0 to 1"),
    ("dormant_min_cycles", -1, "a number from 0 to 1000"),
    ("dormant_r_scores", [0, 6], "scores from 0 to score_bins (5)"),
    ("dormant_r_scores", [-1], "scores from 0 to score_bins (5)"),
    ("dormant_r_scores", [1, 1], "distinct"),
    ("dormant_r_scores", [], "at least one"),
    ("dormant_r_scores", ["1"], "scores from 0 to score_bins (5)"),
    ("dormant_r_scores", "01", "a list"),
    ("business_timezone", "Europe/Nowhere", "an IANA time zone"),
    ("business_timezone", "", "an IANA time zone"),
    ("reporting_currency", "usd", "three upper-case letters"),
    ("reporting_currency", "US", "three upper-case letters"),
    ("reporting_currency", "USDX", "three upper-case letters"),
    ("score_partitions", "platform", "a list of distinct text columns"),
    ("score_partitions", ["all"], "not all"),
    ("score_partitions", ["platform", "Platform"], "distinct"),
    ("score_partitions", ["my column"], "text columns"),
    ("score_partitions", [""], "text columns"),
    ("score_partitions", [1], "text columns"),
    *((name, "2024-02-30", "YYYY-MM-DD") for name in ("as_of_date", "snapshot_start")),
    ("as_of_date", "2023-02-29", "YYYY-MM-DD"),
    ("as_of_date", "2024-13-01", "YYYY-MM-DD"),
    ("as_of_date", "2024-00-01", "YYYY-MM-DD"),
    ("as_of_date", "0000-01-01", "YYYY-MM-DD"),
    ("as_of_date", "2024-1-1", "YYYY-MM-DD"),
    ("as_of_date", "31.01.2024", "YYYY-MM-DD"),
    ("as_of_date", 20240131, "YYYY-MM-DD"),
    ("raw_schema", "", "a name"),
    ("raw_orders_identifier", " ", "a name"),
]

GOOD = [
    {},
    *({name: 1} for name in DAYS),
    *({name: 99999} for name in DAYS),
    *({name: 0} for name in DAYS_OR_0),
    *({name: value} for name, legal in CHOICES.items() for value in legal),
    *({name: not VARS[name]} for name in YES_NO),
    {"score_bins": 2, "dormant_r_scores": [2]},
    {"score_bins": 9, "dormant_r_scores": [0, 1, 9]},
    {"max_rejected_share": 0},
    {"max_rejected_share": 1},
    {"dormant_min_cycles": 1.5},
    {"business_timezone": "Asia/Shanghai"},
    {"reporting_currency": "CNY"},
    {"score_partitions": []},
    {"score_partitions": ["platform", "store_region"]},
    {"as_of_date": "2024-02-29"},
    {"as_of_date": "2000-02-29"},
    {"as_of_date": "2024-12-31", "snapshot_start": "2024-12-31"},
]


@pytest.fixture(scope="session")
def check(dbt, seeded):
    """A function that runs the check alone with some vars."""
    return lambda given: dbt.invoke(
        ["run-operation", "check_config"], seeded, given, parsed_with={}
    )


@pytest.mark.parametrize(("name", "value", "legal"), BAD, ids=lambda value: str(value)[:30])
def test_bad_value_is_refused_by_name(check, name, value, legal):
    outcome = check({name: value})
    assert not outcome.success
    line = next(line for line in outcome.message.splitlines() if line.strip().startswith("var "))
    assert f"var {name} is " in line
    assert legal in line.split("; legal: ")[1]


@pytest.mark.parametrize("given", GOOD, ids=str)
def test_legal_value_passes(check, given):
    check(given).check()


@pytest.mark.parametrize("name", VARS)
def test_every_var_is_checked(check, name):
    outcome = check({name: {"a": "mapping"}})
    assert not outcome.success
    assert f"var {name} is " in outcome.message


def test_all_faults_are_told_at_once(check):
    message = check({"score_bins": 1, "tie_policy": "none", "rfm_window_days": 0}).message
    assert message.count("; legal: ") == 3


def test_value_is_shown_as_written(check):
    assert 'var score_bins is "5";' in check({"score_bins": "5"}).message
    assert "var score_bins is 11;" in check({"score_bins": 11}).message
    assert "var infer_members is none;" in check({"infer_members": None}).message


def test_dates_after_today(check):
    """A history cannot start after today; an as_of_date after today is told of."""
    message = check({"snapshot_start": "9999-01-01"}).message
    assert 'var snapshot_start is "9999-01-01"; legal: a date not after today' in message
    both = check({"snapshot_start": "9998-01-01", "as_of_date": "9999-01-01"}).check()
    assert 'var as_of_date is "9999-01-01", which is after today' in both.message


def test_as_of_date_before_snapshot_start(check):
    message = check({"as_of_date": "2024-01-30", "snapshot_start": "2024-01-31"}).message
    assert 'var as_of_date is "2024-01-30"' in message
    assert 'snapshot_start ("2024-01-31")' in message


def test_mistyped_var_name(check):
    message = check({"rfm_window_day": 180}).message
    assert "var rfm_window_day is not a var of member_loyalty" in message
    assert "rfm_window_days" in message


def test_a_warehouse_called_like_a_schema(seeded, tmp_path):
    """DuckDB would take `marts.t` for a table of the database."""
    path = tmp_path / "Marts.duckdb"
    shutil.copy(seeded, path)
    outcome = Dbt(tmp_path / "target", PROJECT).invoke(["run", "--select", "stg_erasures"], path)
    assert "the warehouse is called Marts, as one of its schemas is" in outcome.message
    assert not outcome.statuses


def test_build_stops_before_any_sql(make_warehouse, dbt):
    """Refused while parsing: the warehouse file is not even opened."""
    warehouse = make_warehouse()
    before = warehouse.path.read_bytes()
    outcome = dbt.invoke(["build"], warehouse.path, {"score_bins": 1})
    assert "var score_bins is 1; legal: a whole number from 2 to 9" in outcome.message
    assert not outcome.success
    assert warehouse.path.read_bytes() == before


def test_build_with_a_kept_parse_stops_before_the_first_model(warehouse, dbt):
    """Where nothing is parsed anew the check runs as the first hook."""
    tables = "select table_schema, table_name from information_schema.tables order by all"
    before = warehouse.query(tables)
    outcome = dbt.invoke(["build"], warehouse.path, {"rfm_window_days": 0}, parsed_with={})
    assert "var rfm_window_days is 0; legal: a whole number from 1" in outcome.message
    assert not outcome.success
    assert warehouse.query(tables) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("business_timezone", "Europe/Nowhere"),
        ("dormant_r_scores", None),
        ("score_bins", "5"),
        ("score_partitions", None),
    ],
)
def test_value_that_models_compute_with_is_refused_by_name(dbt, seeded, name, value):
    """Models are parsed before the check runs: what trips over a bad value must name it, too."""
    outcome = dbt.invoke(["parse"], seeded, {name: value})
    assert not outcome.success
    assert f"var {name} is " in outcome.message


ORDER_COLUMNS = ["order_id", "member_id", "ordered_at", "gross_amount"]
ORDER = ["o1", "m1", "2024-01-15T23:30:00Z", "10"]


def build_orders(warehouse, given, parsed_with=None):
    """Builds the orders' staging model."""
    return warehouse.build(vars=given, select="+stg_orders", parsed_with=parsed_with)


def refusal(warehouse, given, parsed_with=None) -> str:
    """Builds the orders' staging model and returns why that was refused."""
    outcome = build_orders(warehouse, given, parsed_with)
    assert not outcome.success
    assert "stg_orders" not in outcome.statuses
    return outcome.message


def test_missing_raw_table_is_named(warehouse):
    warehouse.load({"orders": (ORDER_COLUMNS, [ORDER])}).query("drop table raw.events")
    message = refusal(warehouse, {})
    assert '"raw"."events" is missing' in message
    assert "raw_events_identifier" in message
    assert "using_events" in message
    build_orders(warehouse, {"using_events": False}, parsed_with={}).check()


def test_missing_raw_schema_is_one_line(warehouse):
    warehouse.query("drop schema raw cascade")
    message = refusal(warehouse, {})
    assert '"raw"."orders" is missing' in message
    assert message.count("is missing") == 1


def test_renamed_raw_table_is_found(warehouse):
    warehouse.load({"orders": (ORDER_COLUMNS, [ORDER])})
    warehouse.query("alter table raw.orders rename to shop_orders")
    assert '"raw"."shop_order" is missing' in refusal(
        warehouse, {"raw_orders_identifier": "shop_order"}
    )
    build_orders(warehouse, {"raw_orders_identifier": "shop_orders"}).check()


def test_partition_column_that_orders_lack(warehouse):
    warehouse.load({"orders": ([*ORDER_COLUMNS, "Region"], [[*ORDER, "north"]])})
    given = {"score_partitions": ["platform", "city", "gross_amount"]}
    message = refusal(warehouse, given, parsed_with={})
    assert "var score_partitions names city, which is no text column" in message
    assert "var score_partitions names gross_amount, which is no text column" in message
    assert "legal: platform, promotion_code, region" in message


@pytest.mark.parametrize("name", ["status", "currency", "Platform", "order_status", "is_valid"])
def test_partition_column_that_cannot_go_along(warehouse, name):
    """Codes of the contract, another case, and names of the project's own columns."""
    columns = dict.fromkeys([*ORDER_COLUMNS, "order_status", "is_valid"])
    row = dict(zip(ORDER_COLUMNS, ORDER)) | {"order_status": "north", "is_valid": "yes"}
    warehouse.load({"orders": (list(columns), [[row[column] for column in columns]])})
    message = refusal(warehouse, {"score_partitions": [name]}, parsed_with={})
    assert f"var score_partitions names {name}, which is no text column" in message


@pytest.mark.parametrize(
    ("zone", "first"), [("UTC", "2024-01-15"), ("Asia/Shanghai", "2024-01-16")]
)
def test_as_of_date_before_first_order(warehouse, zone, first):
    warehouse.load({"orders": (ORDER_COLUMNS, [ORDER, ["o2", "m1", "not a date", "10"]])})
    given = {"as_of_date": "2024-01-14", "business_timezone": zone}
    assert f"a date not before the first order ({first})" in refusal(
        warehouse, given, parsed_with={}
    )
    given["as_of_date"] = first
    build_orders(warehouse, given, parsed_with={}).check()


@pytest.mark.parametrize(
    ("first", "said", "success"),
    [
        ("1994-01-22", False, True),  # 30 years of 365 days before
        ("1994-01-21", True, True),
        ("1824-03-04", True, True),  # 200 years
        ("1824-03-03", True, False),
        ("0001-01-01", True, False),
    ],
)
def test_a_history_too_long_to_be_one(warehouse, first, said, success):
    """A slip in one date is told of, and stops the build before each day since is computed."""
    warehouse.load({"orders": (ORDER_COLUMNS, [ORDER, ["o2", "m1", first, "10"]])})
    warehouse.build(select="+int_as_of_date").check()
    names = ["int_as_of_date", "history_is_no_longer_than_a_shop", "int_calendar"]
    words = ["build", "--select", *names, "--indirect-selection", "cautious"]
    outcome = warehouse.dbt.invoke(words, warehouse.path)
    assert (f"the first order is dated {first}, and each day" in outcome.message) is said
    assert outcome.failures == (set() if success else {"history_is_no_longer_than_a_shop"})
    assert (outcome.statuses["int_calendar"] == "skipped") is not success


WEIGHTS = "valid_from,measure,weight\n"
BOXES = "priority,rfm_segment,r_from,r_to,f_from,f_to,m_from,m_to\n"
COSTS = "campaign_id,variant,fixed_cost_amount,cost_per_send_amount\n"
BAD_FILES = [
    ("loyalty_weights", WEIGHTS + "1/1/1900,frequency,1\n", 'row 1, valid_from is "1/1/1900"'),
    ("loyalty_weights", WEIGHTS + "2024-02-30,frequency,1\n", "a real date as YYYY-MM-DD"),
    ("loyalty_weights", WEIGHTS + "1900-01-01,frequency,0.33335\n", "at most 4 places"),
    ("loyalty_weights", WEIGHTS + "1900-01-01,frequency,1e2\n", 'weight is "1e2"'),
    ("loyalty_weights", WEIGHTS + "1900-01-01, frequency,1\n", 'measure is " frequency"'),
    ("loyalty_weights", WEIGHTS.replace(",", ";"), "legal: valid_from, measure, weight"),
    ("score_thresholds", "measure,score,lower_bound\nfrequency,1.4,1\n", "a whole number"),
    ("score_thresholds", "score,measure,lower_bound\n", "legal: measure, score, lower_bound"),
    ("rfm_segments", BOXES + "1,a,0,2,0,5,0,5\n2,b,2.5,5,0,5,0,5\n", 'row 2, r_from is "2.5"'),
    ("campaign_costs", COSTS + "c1,treatment,12345678901234567,0\n", "a number such as 2.5"),
    ("campaign_costs", COSTS + 'c1,treatment,"1,5",0\n', 'fixed_cost_amount is "1,5"'),
]
GOOD_FILES = [
    ("loyalty_weights", WEIGHTS + "1900-01-01,frequency,-0.5000\n2024-02-29,referral,2.0000\n", 2),
    ("score_thresholds", "measure,score,lower_bound\n", 0),
    ("campaign_costs", "\ufeff" + COSTS + "'a',b,1234567890123456.78,0.000001\n,,,\n", 2),
]


@pytest.fixture(scope="module")
def files(dbt, seeded, tmp_path_factory):
    """A function that loads a seed from a file of its own, in a copy of the project."""
    project = tmp_path_factory.mktemp("project")
    for part in ("macros", "models", "seeds", "tests/generic", "tests/integrity"):
        shutil.copytree(PROJECT / part, project / part)
    shutil.copy(PROJECT / "dbt_project.yml", project)
    own = Dbt(tmp_path_factory.mktemp("target"), project)
    database = tmp_path_factory.mktemp("warehouse") / FILE_NAME

    def load(seed, text):
        shutil.copy(seeded, database)
        (project / f"seeds/rules/{seed}.csv").write_text(text, "utf-8")
        return own.invoke(["seed", "--select", seed], database), database

    return load


@pytest.mark.filterwarnings("ignore:.*does not match the name of any column:RuntimeWarning")
@pytest.mark.parametrize(("seed", "text", "problem"), BAD_FILES, ids=lambda value: value[-30:])
def test_faulty_seed_file_is_refused(files, seed, text, problem):
    """What an engine would round, guess or put into another column; the table stays as it was."""
    outcome, database = files(seed, text)
    assert not outcome.success
    assert f"seeds/rules/{seed}.csv: " in outcome.message
    assert problem in outcome.message
    shipped = (PROJECT / f"seeds/rules/{seed}.csv").read_text("utf-8").splitlines()
    with duckdb.connect(str(database)) as connection:
        (rows,) = connection.execute(f"select count(*) from seeds.{seed}").fetchone()
    assert rows == len(shipped) - 1


@pytest.mark.parametrize(("seed", "text", "rows"), GOOD_FILES, ids=lambda value: str(value)[-30:])
def test_seed_file_is_read_as_it_stands(files, seed, text, rows):
    """To the last digit and with its quotes; an empty cell is for the test not_null."""
    outcome, database = files(seed, text)
    outcome.check()
    with duckdb.connect(str(database)) as connection:
        found = connection.execute(f"from seeds.{seed}").fetchall()
    assert len(found) == rows
    cells = {str(cell) for row in found for cell in row if cell is not None}
    assert cells == {cell for line in text.splitlines()[1:] for cell in line.split(",") if cell}


NO_WEIGHT = [["1900-01-01", "frequency", "-0.5"]]
SEED_FAULTS = [
    ("loyalty_weights", NO_WEIGHT, "weight below 0; legal: 0 or more"),
    ("score_thresholds", [["frequency", 6, 1]], "score is not from 1 to 5"),
    ("score_thresholds", [["frequency", 0, 1]], "score is not from 1 to 5"),
    ("score_thresholds", [["frequency", 1, 4], ["frequency", 2, 4]], "bounds must rise"),
    ("score_thresholds", [["frequency", 1, 4], ["frequency", 3, 3]], "bounds must rise"),
    ("score_thresholds", [["recency", 1, 9], ["recency", 2, 9]], "recency bounds must fall"),
    ("score_thresholds", [["recency", 1, 9], ["recency", 2, 10]], "recency bounds must fall"),
    ("campaign_costs", [["c1", "treatment", -1, 0]], "a cost below 0"),
    ("campaign_costs", [["c1", "treatment", 0, -0.01]], "a cost below 0"),
    ("campaign_costs", [["c1", "Treatment", 0, 0]], "variant is not in lower case"),
    ("order_statuses", [["Paid", "successful"]], "raw_status is not in lower case"),
    ("rfm_segments", [[1, "backwards", 3, 2, 0, 5, 0, 5]], "ends before it starts"),
    ("rfm_segments", [[1, "too few", 0, 5, 0, 5, 0, 4]], "no segment for this cell"),
    (
        "rfm_segments",
        [[1, "all", 0, 5, 0, 5, 0, 5], [2, "vip", 5, 5, 5, 5, 5, 5]],
        "nobody can be in a box of vip",
    ),
]
SEED_WARNINGS = [
    ("score_thresholds", [["recency", 1, 9], ["recency", 2, 1]], "within the last 1.0000 days"),
    (
        "loyalty_weights",
        [
            ["1900-01-01", "frequency", 1],
            ["1900-01-01", "referral", 2],
            ["2024-01-01", "referral", 3],
        ],
        "the set of 2024-01-01 does not list frequency",
    ),
    ("loyalty_weights", [["1900-01-01", "frequency", 0]], "weights of the set of 1900-01-01 are 0"),
]
SOUND_SEEDS = [
    ("campaign_costs", [["c1", "treatment", 0, 0]]),
    ("order_statuses", [["paid", "successful"]]),
    ("loyalty_weights", [["1900-01-01", "frequency", 0.5], ["1900-01-01", "referral", 0]]),
    ("score_thresholds", [["frequency", 1, 4], ["frequency", 5, 4.5], ["monetary", 1, 0]]),
    ("score_thresholds", [["recency", 1, 10], ["recency", 2, 0]]),
    ("rfm_segments", [[1, "some", 0, 5, 0, 5, 0, 4], [2, "rest", 0, 5, 0, 5, 0, 5]]),
]


def test_a_seed_that_dbt_cannot_read_is_named(tmp_path, capsys):
    """What a spreadsheet saves as CSV is often not UTF-8, of which dbt says no file name."""
    assert check_seeds.main([]) == 0
    (tmp_path / "good.csv").write_text("a,名\n", "utf-8")
    (tmp_path / "other.csv").write_bytes(b"a,b\n1,caf\xe9\n")
    (tmp_path / "empty.csv").write_bytes(b"\n")
    assert check_seeds.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"check_seeds: {tmp_path / 'empty.csv'}: empty; a seed needs its column names",
        f"check_seeds: {tmp_path / 'other.csv'}: line 2 is not UTF-8; save it as CSV UTF-8",
    ]


def check_seed(warehouse, seed, rows):
    """Replaces a seed's rows and runs the tests on its contents."""
    columns, _ = warehouse.rows(seed)
    warehouse.seeds({seed: (columns, rows)})
    return warehouse.build(command="test", select=f"seed_{seed}_*")


@pytest.mark.parametrize(("seed", "rows", "problem"), SEED_FAULTS, ids=str)
def test_faulty_seed_is_told_in_words(warehouse, seed, rows, problem):
    outcome = check_seed(warehouse, seed, rows)
    assert not outcome.success
    assert problem in outcome.message


@pytest.mark.parametrize(("seed", "rows"), SOUND_SEEDS, ids=str)
def test_sound_seed_passes(warehouse, seed, rows):
    outcome = check_seed(warehouse, seed, rows).check()
    assert "WARN" not in outcome.message


def test_the_ten_most_frequent_problems_are_told(warehouse):
    """Frequent ones first; how many are left out is said."""
    boxes = [[1, "all", 0, 5, 0, 5, 0, 5]]
    boxes += [[n, f"vip{n:02}", 5, 5, 5, 5, 5, 5] for n in range(2, 15)]
    outcome = check_seed(warehouse, "rfm_segments", [*boxes, [15, "vip14", 5, 5, 5, 5, 5, 5]])
    told = re.findall(r"nobody can be in a box of (\w+),.*?( \(2 times\))?\n", outcome.message)
    assert told == [("vip14", " (2 times)"), *((f"vip{n:02}", "") for n in range(2, 11))]
    assert "and 3 more problems of seed_rfm_segments_cover_all_cells" in outcome.message


def test_a_single_value_that_is_wrong_is_told(warehouse):
    """As dbt's own tests find it, which say how many rows alone."""
    plays = [["1", "quadrant", "A"], ["1", "qadrant", "it's"], ["2", "qadrant", "C"]]
    warehouse.seeds({"segment_playbook": (["priority", "segment_family", "segment"], plays)})
    said = warehouse.build(command="test", select="segment_playbook").message
    assert "FAIL: segment_playbook.segment_family: qadrant is none of the accepted values\n" in said
    assert "FAIL: segment_playbook.priority: 1 is there more than once\n" in said


@pytest.mark.parametrize(("seed", "rows", "problem"), SEED_WARNINGS, ids=str)
def test_doubtful_seed_is_warned_of(warehouse, seed, rows, problem):
    outcome = check_seed(warehouse, seed, rows).check()
    assert problem in outcome.message


def test_weights_missing_at_the_first_snapshot(warehouse):
    """Monthly snapshots of orders from 2024-01-15 on begin on 2024-02-29."""
    orders = [ORDER, ["o2", "m1", "2024-03-10", "10"]]
    warehouse.load({"orders": (ORDER_COLUMNS, orders)})
    warehouse.build(select="+int_snapshot_dates").check()
    for valid_from, said in (("2024-02-29", False), ("2024-03-01", True)):
        rows = [[valid_from, "frequency", 1]]
        warehouse.seeds({"loyalty_weights": (["valid_from", "measure", "weight"], rows)})
        outcome = warehouse.build(command="test", select="loyalty_weights_cover_the_first_snapshot")
        assert ("no set is valid at the first snapshot" in outcome.message) is said
        assert outcome.success is not said


@pytest.mark.parametrize(
    ("bins", "problem"),
    [
        (6, "no segment for this cell; score_bins is 6 (127 times)"),
        (4, "this box is made for more scores; score_bins is 4"),
    ],
)
def test_faulty_seed_stops_what_reads_it(warehouse, bins, problem):
    """The segments are made for 5 bins: with others nothing that needs them is built."""
    outcome = warehouse.build(vars={"score_bins": bins}, select="rfm_segments+", command="build")
    assert "seed_rfm_segments_cover_all_cells" in outcome.failures
    assert problem in outcome.message
    assert outcome.statuses["fct_rfm_scores"] == "skipped"


def test_build_date_is_the_day_in_the_business_time_zone(warehouse, dbt):
    """Between the two zones lie 26 hours, so that their dates always differ."""

    def day(zone):
        words = ["compile", "--inline", "{{ member_loyalty.build_date() }}"]
        outcome = dbt.invoke(words, warehouse.path, {"business_timezone": zone}, parsed_with={})
        return date.fromisoformat(outcome.check().compiled["inline_query"])

    west, east = day("Etc/GMT+12"), day("Pacific/Kiritimati")
    assert (east - west).days in (1, 2)
