"""Audiences of an analyst, what campaigns brought, and one member's year through every table."""

from __future__ import annotations

import shutil
import statistics
import sys
from datetime import date, timedelta
from math import sqrt
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT, Dbt

sys.path.insert(0, str(PROJECT / "scripts"))
import export_audience  # noqa: E402

ORDERS = ("order_id", "member_id", "ordered_at", "gross_amount")
SENDS = ("campaign_id", "member_id", "sent_at", "variant")

# R. G. Newcombe, "Interval estimation for the difference between independent proportions:
# comparison of eleven methods", Statistics in Medicine 17 (1998), 873–890, table II, method 10:
# x/n, y/m, lower and upper end.
PUBLISHED = [
    (56, 70, 48, 80, "0.0524", "0.3339"),
    (9, 10, 3, 10, "0.1705", "0.8090"),
    (6, 7, 2, 7, "0.0582", "0.8062"),
    (5, 56, 0, 29, "-0.0381", "0.1926"),
    (0, 10, 0, 20, "-0.1611", "0.2775"),
    (0, 10, 0, 10, "-0.2775", "0.2775"),
    (10, 10, 0, 20, "0.6791", "1.0000"),
    (10, 10, 0, 10, "0.6075", "1.0000"),
]


def test_intervals_are_the_published_ones(warehouse):
    """Shares as printed in the paper; means against Python's statistics."""
    orders, sends, spent = [], [], {}
    for number, (x, n, y, m, *_) in enumerate(PUBLISHED):
        for variant, buyers, members in (("treatment", x, n), ("control", y, m)):
            for i in range(members):
                member = f"{number} {variant} {i}"
                amount = 10 + 7 * i % 31 if i < buyers else 0
                spent.setdefault((str(number), variant), []).append(amount)
                sends.append((str(number), member, "2024-01-10", variant))
                if amount:
                    orders.append((member, member, "2024-01-12", str(amount)))
    orders.append(("first", "somebody", "2024-01-01", "1"))
    warehouse.load({"orders": (ORDERS, orders), "campaign_sends": (SENDS, sends)})
    warehouse.build(vars={"as_of_date": "2024-01-31"}, parsed_with={}).check()
    rows = {(r["campaign_id"], r["variant"]): r for r in warehouse.records("agg_campaign_lift")}
    assert len(rows) == 2 * len(PUBLISHED)
    for number, (x, n, y, m, lower, upper) in enumerate(PUBLISHED):
        row = rows[str(number), "treatment"]
        assert (row["buyers"], row["members"], row["control_members"]) == (x, n, m)
        assert f"{row['conversion_lift']:.4f}" == f"{x / n - y / m:.4f}"
        assert f"{row['conversion_lift_lower']:.4f}" == lower
        assert f"{row['conversion_lift_upper']:.4f}" == upper
        one, other = (spent[str(number), variant] for variant in ("treatment", "control"))
        reach = statistics.NormalDist().inv_cdf(0.975) * sqrt(
            statistics.variance(one) / n + statistics.variance(other) / m
        )
        lift = statistics.mean(one) - statistics.mean(other)
        assert float(row["revenue_lift"]) == pytest.approx(lift, abs=1e-6)
        assert float(row["revenue_lift_lower"]) == pytest.approx(lift - reach, abs=1e-6)
        assert float(row["revenue_lift_upper"]) == pytest.approx(lift + reach, abs=1e-6)


def test_costs_of_no_campaign_are_told(warehouse):
    """A slip in the seed's campaign or variant would leave its costs out of every ROI."""
    sends = [("c", "m", "2024-01-02", "treatment"), ("c", "m", "2024-01-03", "b")]
    orders = [("o", "m", "2024-01-05", "9")]
    warehouse.load({"orders": (ORDERS, orders), "campaign_sends": (SENDS, sends)})
    columns = ["campaign_id", "variant", "fixed_cost_amount", "cost_per_send_amount"]
    costs = [["c", "treatment", 1, 0], ["c", "b", 1, 0], ["C", "treatment", 1, 0]]
    warehouse.seeds({"campaign_costs": (columns, costs)})
    warehouse.build(select="+int_campaign_results").check()
    said = warehouse.build(command="test", select="campaign_costs_are_of_campaigns").check().message
    assert "no member is of campaign c, variant b;" in said
    assert "no member is of campaign C, variant treatment;" in said
    assert "campaign c, variant treatment" not in said


# ---------------------------------------------------------------------------------------------
# An audience of an analyst

AUDIENCE = """
select snapshot_date, member_id
from {{ ref('fct_rfm_scores') }}
where score_partition = 'all' and frequency >= 2; -- "two's company"
"""
META = {
    "title": "Two's company",
    "owner": "An analyst",
    "channel": "email",
    "purpose": 'Say "thanks".',
    "holdout_share": 0.5,
    "refresh": "week",
}


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of the project, to which an analyst may add."""
    folder = tmp_path / "project"
    for part in ("models", "macros", "seeds", "tests/generic"):
        shutil.copytree(PROJECT / part, folder / part)
    for name in ("dbt_project.yml", "selectors.yml"):
        shutil.copy(PROJECT / name, folder)
    return folder


def add_audience(project: Path, meta: dict, sql: str = AUDIENCE) -> None:
    """What an analyst does: one file of SQL, one entry of yml."""
    (project / "models/audiences/two_orders.sql").write_text(sql.replace("; --", " --"), "utf-8")
    entry = {"name": "two_orders", "description": "One row.", "config": {"meta": meta}}
    text = yaml.safe_dump({"version": 2, "models": [entry]})
    (project / "models/audiences/_mine.yml").write_text(text, "utf-8")


@pytest.mark.parametrize(("members", "warned"), [(99, False), (100, True)])
def test_what_a_renamed_segment_leaves_empty_is_told(warehouse, members, warned):
    """Champions become stars in one file alone: no play for them, and nobody in an audience."""
    orders = [(f"o{n}", f"m{n}", "2024-01-10", str(n)) for n in range(members)]
    orders += [(f"p{n}", f"m{n}", "2024-03-10", str(n)) for n in range(members)]
    warehouse.load({"orders": (ORDERS, orders)})
    columns, rows = warehouse.rows("rfm_segments")
    names = {"champions": "stars", "loyal_customers": "growth"}  # growth is a lifecycle stage
    renamed = [[names.get(cell, cell) for cell in row] for row in rows]
    warehouse.seeds({"rfm_segments": (columns, renamed)}).build().check()
    tests = "every_segment_has_a_play every_audience_names_somebody"
    said = warehouse.build(command="test", select=tests).check().message
    assert "has no row for the rfm_segment stars: its members get no action" in said
    assert "has no row for the rfm_segment growth: " in said
    assert "rfm_segment champions" not in said
    assert ("audience newly_dormant_champions names nobody" in said) is warned


def test_a_file_and_an_entry_make_an_audience(warehouse, project, tmp_path):
    """Nothing else is needed, and no snapshot is restated; a full refresh gives the same."""
    orders = [(f"{m}{i}", m, f"2024-0{i}-10", "9") for m in "abcd" for i in (1, 2)]
    orders += [("x", "x", "2024-01-05", "9"), ("y", "x", "2024-03-05", "9")]
    warehouse.load({"orders": (ORDERS, orders)})
    warehouse.dbt = Dbt(tmp_path / "before", project)
    warehouse.build().check()
    add_audience(project, META)
    warehouse.dbt = Dbt(tmp_path / "after", project)
    warehouse.build().check()
    assert warehouse.query(
        "select input from marts.fct_build_log order by started_at desc limit 1"
    ) == [("nothing",)]
    rows = [r for r in warehouse.records("fct_audience_members") if r["audience"] == "two_orders"]
    assert {(r["member_id"], r["status"], str(r["entered_on"])) for r in rows} == {
        *((member, "stayed", "2024-02-29") for member in "abcd"),
        ("x", "entered", "2024-03-05"),
    }
    assert sum(row["is_control"] for row in rows) == 3  # half of five, upwards
    settings = {r["audience"]: r for r in warehouse.records("dim_audiences")}["two_orders"]
    assert {key: settings[key] for key in META if key != "holdout_share"} == {
        key: META[key] for key in META if key != "holdout_share"
    }
    assert "two's company" in settings["definition"]
    before = sorted(map(str, rows))
    warehouse.build(full_refresh=True).check()
    rows = [r for r in warehouse.records("fct_audience_members") if r["audience"] == "two_orders"]
    assert sorted(map(str, rows)) == before


def test_an_audience_that_says_too_little_is_refused(warehouse, project, tmp_path):
    """Each fault by name, before any SQL."""
    add_audience(project, {"title": " ", "holdout_share": 1.01, "refresh": "daily", "owner": 5})
    warehouse.dbt = Dbt(tmp_path / "dbt", project)
    outcome = warehouse.build(select="int_as_of_date")
    assert not outcome.success
    for words in (
        'audience two_orders: config.meta.title is " "; legal: a text',
        "audience two_orders: config.meta.owner is 5; legal: a text",
        "audience two_orders: config.meta.channel is missing",
        "audience two_orders: config.meta.purpose is missing",
        "audience two_orders: config.meta.holdout_share is 1.01; legal: a number from 0 to 1",
        'audience two_orders: config.meta.refresh is "daily"; legal: one of day, week, month',
    ):
        assert words in outcome.message, words


@pytest.mark.parametrize("share", [0, 0.1, 0.25, 1])
def test_the_share_is_exact_and_the_draw_is_that_of_md5(warehouse, share):
    """On 999 members the control group is the share to the member; on each engine the same ones."""
    import hashlib

    ids = [f"m{i}" for i in range(999)]
    order = sorted(ids, key=lambda member: hashlib.md5(f"a/{member}".encode()).hexdigest())
    rows = warehouse.query(
        "select member_id, 2 * row_number() over (order by md5(concat('a', '/', member_id)),"
        " member_id) - 1 <= 2 * cast(? as decimal(5, 4)) * count(*) over ()"
        " from (select concat('m', i) as member_id from range(999) t(i))",
        [share],
    )
    controls = {member for member, is_control in rows if is_control}
    assert abs(len(controls) - share * 999) <= 0.5
    assert controls == set(order[: len(controls)])


# ---------------------------------------------------------------------------------------------
# One member's year


class Year:
    """A shop whose raw data grow from day to day, and Mia in it."""

    def __init__(self, warehouse) -> None:
        self.warehouse = warehouse
        self.orders = [
            (f"{m} {d}", f"other {m}", f"{date(2023, 1, 3) + timedelta(days=d)}", str(10 + m))
            for m in range(10)
            for d in range(m, 380, 20 + 6 * m)
        ]
        self.others: dict[str, tuple] = {
            "members": (
                ("member_id", "registered_at", "joined_at"),
                [("Mia", "2023-02-10", "2023-02-15")]
                + [(f"other {m}", "2023-01-02", "2023-01-02") for m in range(10)],
            ),
            "referrals": (
                ("referral_id", "referrer_member_id", "referred_member_id", "invited_at"),
                [("r1", "other 3", "Mia", "2023-02-05")],
            ),
            "events": (
                ("event_id", "occurred_at", "event_type", "visitor_id", "member_id"),
                [("e1", "2023-02-08", "page_view", "v1", None)],
            ),
            "identities": (("visitor_id", "member_id"), [("v1", "Mia")]),
            "consents": (("member_id", "consented_at", "withdrawn_at"), []),
            "campaign_sends": (SENDS, []),
            "erasures": (("member_id", "requested_at"), []),
        }

    def build(self, on: str) -> None:
        """The build of a day: what is dated by then is there."""
        orders = [row for row in self.orders if row[2][:10] <= on]
        self.warehouse.load({"orders": (ORDERS, orders), **self.others})
        self.warehouse.build(vars={"as_of_date": on}, parsed_with={}).check()

    def row(self, table: str, **wanted) -> dict:
        """Mia's one row in a table, {} for none."""
        rows = [
            row
            for row in self.warehouse.records(table)
            if "Mia" in (row.get("member_id"), row.get("referred_member_id"))
            and all(row[key] == value for key, value in wanted.items())
        ]
        assert len(rows) <= 1, rows
        return rows[0] if rows else {}

    def tags(self, family: str) -> list[tuple]:
        """Mia's tags of a family: from when, which, until when."""
        rows = [
            (str(row["valid_from"]), row["tag"], row["valid_to"] and str(row["valid_to"]))
            for row in self.warehouse.records("fct_member_tags")
            if (row["member_id"], row["tag_family"]) == ("Mia", family)
        ]
        return sorted(rows)

    def audiences(self) -> dict[str, str]:
        """The audiences in which Mia is or was, with her status."""
        return {
            row["audience"]: row["status"]
            for row in self.warehouse.records("fct_audience_members")
            if row["member_id"] == "Mia"
        }


def test_a_year_of_one_member(warehouse, tmp_path, monkeypatch):
    """Invited, joins, buys, climbs, sleeps, gets a campaign, wakes, and asks to be erased."""
    year = Year(warehouse)

    year.build("2023-02-12")  # registered after a visit, invited, not enrolled
    assert year.row("dim_members")["lifecycle_stage"] == "latent"
    assert year.row("fct_referrals")["status"] == "referee_not_joined"
    assert year.tags("aipl") == [("2023-02-12", "interest", None)]
    assert year.tags("next_best_action") == [("2023-02-12", "lifecycle:latent", None)]
    assert year.row("fct_next_steps", measure="frequency") == {}
    assert year.row("fct_next_actions")["channel"] == "store"

    year.build("2023-02-28")  # joined by invitation
    assert year.row("fct_referrals")["status"] == "accepted"
    assert year.row("fct_referrals")["credited_on"] == date(2023, 2, 15)
    assert year.tags("lifecycle") == [("2023-02-28", "development", None)]
    assert year.tags("rfm_segment") == [("2023-02-28", "inactive", None)]
    step = year.row("fct_next_steps", measure="recency")
    assert step["score"] == 0 and step["value"] is None and step["gap"] is None

    year.orders += [("mia 1", "Mia", "2023-02-15", "30")]  # bought on that day, and is told late
    year.build("2023-03-31")
    assert year.tags("aipl") == [("2023-02-28", "purchase", None)]
    assert year.tags("lifecycle") == [("2023-02-28", "development", None)]
    step = year.row("fct_next_steps", measure="frequency")
    assert step["value"] == 1 and step["next_score"] > step["score"] > 0
    assert step["gap"] == step["value_needed"] - 1
    action = year.row("fct_next_actions")
    assert (action["segment"], action["gap"]) == ("development", step["gap"])
    assert year.row("dim_members")["next_action"] == action["strategy_en"]

    year.build("2023-04-30")  # more than 60 days after joining, no second purchase
    assert year.audiences()["development_past_60_days"] == "entered"

    days = [f"2023-{month:02}-{day:02}" for month in (5, 6, 7) for day in (1, 8, 15, 22, 29)]
    year.orders += [(f"mia {on}", "Mia", on, "80") for on in days]  # climbs
    year.build("2023-07-31")
    assert "development_past_60_days" not in year.audiences()
    assert year.tags("rfm_segment")[-1][1] == "champions"
    assert year.row("dim_members")["quadrant"] in "AB"
    assert year.row("fct_next_steps", measure="frequency") == {}  # at the top
    assert year.tags("lifecycle")[-1][1] == "stable"
    assert year.row("dim_members")["aipl_stage"] == "loyalty"

    for on in ("2023-08-31", "2023-09-30", "2023-10-31"):  # sleeps
        year.build(on)
    lifecycle = year.tags("lifecycle")
    assert lifecycle[-1][1] == "dormant" and lifecycle[-2][2] == lifecycle[-1][0]
    asleep_since = lifecycle[-1][0]
    assert year.tags("rfm_segment")[-1][1] == "cannot_lose_them"
    assert year.tags("next_best_action")[-1][1] == "rfm_segment:cannot_lose_them"
    assert year.row("fct_next_actions")["channel"] == "phone"

    def exported(on: str, *words: str) -> list[str]:
        """The ids of the file that is handed out."""
        out = tmp_path / "out"
        command = ["newly_dormant_champions", "--db", str(warehouse.path), "--out", str(out)]
        assert export_audience.main([*command, "--ids", "raw", *words]) == 0
        path = out / "newly_dormant_champions" / f"newly_dormant_champions_{on}_full_raw.csv"
        return [line.split(",")[0] for line in path.read_text("utf-8").splitlines()[1:]]

    year.build(asleep_since)
    assert year.audiences()["newly_dormant_champions"] == "entered"
    assert exported(asleep_since) == []  # no consent yet
    year.others["consents"][1].append(("Mia", "2023-03-01", None))
    year.build(asleep_since)
    assert exported(asleep_since) == ["Mia"]

    sent = date.fromisoformat(asleep_since) + timedelta(days=3)  # the campaign
    year.others["campaign_sends"][1].extend(
        [("wake", "Mia", f"{sent}", "treatment")]
        + [("wake", f"other {m}", f"{sent}", "control") for m in (8, 9)]
    )
    year.build(f"{sent}")
    action = year.row("fct_next_actions")
    assert action["last_contacted_on"] == sent
    assert action["contact_from"] == sent + timedelta(days=action["cooldown_days"])
    lifts = {r["variant"]: r for r in warehouse.records("agg_campaign_lift")}
    assert (lifts["treatment"]["members"], lifts["treatment"]["buyers"]) == (1, 0)
    assert lifts["treatment"]["conversion_verdict"] == "too_few_to_tell"

    woken = sent + timedelta(days=5)  # wakes
    year.orders += [("mia woken", "Mia", f"{woken}", "55.50")]
    end = sent + timedelta(days=20)
    year.build(f"{end}")
    lift = next(r for r in warehouse.records("agg_campaign_lift") if r["variant"] == "treatment")
    assert (lift["buyers"], float(lift["net_revenue"]), lift["is_complete"]) == (1, 55.5, True)
    assert lift["control_members"] == 2 and lift["revenue_lift_lower"] is None
    assert year.row("dim_members")["lifecycle_stage"] in ("growth", "stable")
    stages = [row for row in warehouse.records("fct_lifecycle_snapshots") if row["is_reactivation"]]
    assert "Mia" in [row["member_id"] for row in stages if row["snapshot_date"] == end]

    year.others["erasures"][1].append(("Mia", f"{end}"))  # asks to be erased
    year.build(f"{end}")
    for table in (
        "dim_members", "fct_orders", "fct_referrals", "fct_rfm_scores", "fct_aipl_stages",
        "fct_lifecycle_snapshots", "fct_member_tags", "fct_next_steps", "fct_next_actions",
        "fct_audience_members", "int_campaign_sends", "int_tag_changes", "int_audience_rows",
    ):  # fmt: skip
        assert "Mia" not in str(warehouse.rows(table)[1]), table
    lifts = {r["variant"]: r for r in warehouse.records("agg_campaign_lift")}
    assert set(lifts) == {"control"}
    assert "Mia" not in exported(f"{end}")
