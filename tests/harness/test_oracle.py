"""The oracle itself: published answers, small cases worked by hand, and the worlds it judges."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import published
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from oracle import build, compare, contract, scores, stages
from oracle.cells import BadCell, read_number, read_timestamp, rounded
from worlds import (
    BAD_NUMBERS,
    BAD_TIMESTAMPS,
    BUILD_DATE,
    NEGATIVE_NUMBERS,
    VAR_SETS,
    World,
    random_world,
    reduced,
    worlds,
)

UTC = ZoneInfo("UTC")
SEEDS = {
    "order_statuses": [
        {"raw_status": "completed", "order_status": "successful"},
        {"raw_status": "pending", "order_status": "pending"},
        {"raw_status": "cancelled", "order_status": "cancelled"},
    ],
    "loyalty_weights": [
        {"valid_from": "1900-01-01", "measure": "frequency", "weight": "1"},
        {"valid_from": "1900-01-01", "measure": "referral", "weight": "2"},
    ],
    "score_thresholds": [],
    "rfm_segments": [
        {"priority": "1", "rfm_segment": "recent", "r_from": "4", "r_to": "5"}
        | {"f_from": "0", "f_to": "5", "m_from": "0", "m_to": "5"},
        {"priority": "2", "rfm_segment": "rest", "r_from": "0", "r_to": "5"}
        | {"f_from": "0", "f_to": "5", "m_from": "0", "m_to": "5"},
    ],
    "segment_playbook": [
        {"segment_family": "quadrant", "segment": "D", "priority": "7"}
        | {"strategy_en": "Wait.", "strategy_zh": "等待。", "offer_en": "-", "offer_zh": "无"}
        | {"channel": "none", "cooldown_days": "0", "aim_measure": "monetary"},
        {"segment_family": "lifecycle", "segment": "development", "priority": "3"}
        | {"strategy_en": "Welcome.", "strategy_zh": "欢迎。", "offer_en": "-", "offer_zh": "无"}
        | {"channel": "email", "cooldown_days": "14", "aim_measure": "frequency"},
    ],
    "lifecycle_transitions": [],
    "campaign_costs": [],
}
OPTIONS = {
    "tie_policy": {"low", "high", "split"},
    "purchase_occasion": {"order", "day"},
    "contribution_measure": {"net_revenue", "gross_margin"},
    "cycle_statistic": {"mean", "median"},
    "aipl_loyal_rule": {"current", "latest_gap", "every_gap"},
    "snapshot_interval": {"day", "week", "month"},
    "infer_members": {True, False},
}


def day(text: str) -> date:
    return date.fromisoformat(text)


def table(*rows: dict) -> tuple[list, list]:
    """A raw table from rows as dicts."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return columns, [[row.get(column) for column in columns] for row in rows]


def order(number, member, on, gross="10", **more) -> dict:
    return {
        "order_id": str(number),
        "member_id": member,
        "ordered_at": on,
        "gross_amount": gross,
        **more,
    }


def made(raw: dict, seeds: dict | None = None, **variables) -> dict[str, list[dict]]:
    """The marts of a small case on the seeds above."""
    return build(raw, variables, {**SEEDS, **(seeds or {})}, BUILD_DATE)


def only(rows: list[dict], **wanted) -> dict:
    """The one row that has these values."""
    found = [row for row in rows if all(row[k] == value for k, value in wanted.items())]
    assert len(found) == 1, found
    return found[0]


# Published answers


@pytest.mark.parametrize("case", published.CASES, ids=lambda case: case.name)
def test_published_answer(case):
    case.check(build(case.raw(), case.vars, {**SEEDS, **case.seeds}, BUILD_DATE))


# Cells and staging


def test_contract_is_that_of_the_project():
    sources = yaml.safe_load((contract.PROJECT / "models/staging/_sources.yml").read_text("utf-8"))[
        "sources"
    ][0]
    for declared in sources["tables"]:
        ours = contract.TABLES[declared["name"]]
        meta = [(column["name"], column["config"]["meta"]) for column in declared["columns"]]
        assert [(c.name, c.type, c.required, c.default) for c in ours.columns] == [
            (name, m["type"], m.get("required", False), m.get("default")) for name, m in meta
        ]
        assert ours.key == tuple(name for name, m in meta if m.get("key"))
        assert ours.newest_by == declared.get("config", {}).get("meta", {}).get("newest_by")
    assert len(sources["tables"]) == len(contract.TABLES)


@pytest.mark.parametrize(
    ("text", "zone", "local"),
    [
        ("2024-02-29", "UTC", datetime(2024, 2, 29)),
        ("2024-02-29T23:59", "UTC", datetime(2024, 2, 29, 23, 59)),
        ("2024-02-29 23:59:58.123456789", "UTC", datetime(2024, 2, 29, 23, 59, 58, 123456)),
        ("2024-02-29T23:59:58.1", "Asia/Shanghai", datetime(2024, 2, 29, 23, 59, 58, 100000)),
        ("2024-02-29T23:59Z", "Asia/Shanghai", datetime(2024, 3, 1, 7, 59)),
        ("2024-03-01 00:30:00+05:45", "UTC", datetime(2024, 2, 29, 18, 45)),
        ("2024-03-01T00:30-0330", "UTC", datetime(2024, 3, 1, 4)),
        ("2024-03-10T07:30+00", "America/New_York", datetime(2024, 3, 10, 3, 30)),
        ("2024-03-10T02:30", "America/New_York", datetime(2024, 3, 10, 2, 30)),
        ("0001-01-01T00:01+00:01", "UTC", datetime(1, 1, 1)),
        ("0001-01-01T00:00+08:00", "Etc/GMT-8", datetime(1, 1, 1)),
        ("9999-12-31T23:59-05:00", "Etc/GMT+5", datetime(9999, 12, 31, 23, 59)),
    ],
)
def test_good_timestamps(text, zone, local):
    assert read_timestamp(text, ZoneInfo(zone)) == local


@pytest.mark.parametrize("text", BAD_TIMESTAMPS)
def test_bad_timestamps(text):
    with pytest.raises(BadCell, match="bad_timestamp"):
        read_timestamp(text, UTC)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("10", "amount", 10),
        (".5", "amount", Fraction(1, 2)),
        ("5.", "amount", 5),
        ("+07.250", "amount", Fraction(29, 4)),
        ("-0", "amount", 0),
        ("9999999999.999999", "amount", 10**10 - Fraction(1, 10**6)),
        ("12.0", "count", 12),
        ("999999.999999999999", "rate", 10**6 - Fraction(1, 10**12)),
    ],
)
def test_good_numbers(text, kind, value):
    assert read_number(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        *((text, "amount", "bad_number") for text in BAD_NUMBERS),
        *((text.strip(), "amount", "negative_amount") for text in NEGATIVE_NUMBERS),
        ("1.2345678", "amount", "bad_number"),
        ("1.0000000", "amount", "bad_number"),
        ("1000000", "rate", "bad_number"),
        ("0", "rate", "bad_number"),
        ("-0", "rate", "bad_number"),
        ("-1", "rate", "negative_amount"),
        ("-1000000", "rate", "bad_number"),
        ("12.5", "count", "bad_number"),
        ("-2.5", "count", "bad_number"),
        ("-2", "count", "negative_amount"),
    ],
)
def test_bad_numbers(text, kind, reason):
    with pytest.raises(BadCell) as bad:
        read_number(text, kind)
    assert bad.value.args == (reason,)


@pytest.mark.parametrize(
    ("value", "places", "result"),
    [
        ("2.675", 2, "2.68"),
        ("-2.675", 2, "-2.68"),
        ("2.6749999", 2, "2.67"),
        ("0.005", 2, "0.01"),
        ("-0.004", 2, "0.00"),
        ("99999999999999999999.995", 2, "100000000000000000000.00"),
    ],
)
def test_rounding_is_half_away_from_zero(value, places, result):
    assert str(rounded(Fraction(value), places)) == result


def test_first_reason_in_the_order_of_the_list():
    """One row with every defect; each is mended in turn and the next reason shows."""
    row = order("", "gone", "never", "-1", discount_amount="1e1", status="odd", currency="XXX")
    steps = [
        ({}, "erased_member", None),
        ({"member_id": "m"}, "missing_required", "order_id"),
        ({"order_id": "1"}, "bad_timestamp", "ordered_at"),
        ({"ordered_at": "2024-01-01"}, "bad_number", "discount_amount"),
        ({"discount_amount": "7"}, "negative_amount", "gross_amount"),
        ({"gross_amount": "5"}, "discount_exceeds_gross", None),
        ({"gross_amount": "7.00"}, "unknown_status", "status"),
        ({"status": ""}, "missing_exchange_rate", "currency"),
    ]
    for change, reason, column in steps:
        row |= change
        rejected = made(
            {"orders": table(row), "erasures": table({"member_id": "gone"})},
        )["rejected_rows"]
        assert [(r["reason"], r["column_name"]) for r in rejected] == [(reason, column)]
    refund = {"refund_id": "r", "order_id": "1", "refunded_at": "2024-01-02", "refund_amount": "1"}
    marts = made({"orders": table(row), "order_refunds": table(refund)})
    assert only(marts["rejected_rows"], source_table="order_refunds") == {
        "source_table": "order_refunds",
        "row_key": '["r"]',
        "reason": "unknown_order",
        "raw_row": '{"refund_id":"r","order_id":"1",'
        '"refunded_at":"2024-01-02","refund_amount":"1"}',
        "column_name": "order_id",
    }


def test_rejected_winner_and_ties_of_duplicates():
    """The newest wins even when it is rejected later; a tie is settled by raw text, bytewise."""
    old = order("1", "m", "2024-01-01", updated_at="2024-01-01", currency="")
    new = order("1", "m", "2024-01-01", updated_at="2024-01-02", currency="XXX")
    broken = order("1", "m", "never", updated_at="2024-01-03", currency="")
    marts = made({"orders": table(old, new, broken)})
    assert [r["reason"] for r in marts["rejected_rows"]] == [
        "duplicate_superseded",
        "missing_exchange_rate",
        "bad_timestamp",
    ]
    assert marts["fct_orders"] == []
    tied = [order("1", member, "2024-01-01") for member in ("Z", "é", "a", "")]
    marts = made({"orders": table(*tied)})
    assert [row["member_id"] for row in marts["fct_orders"]] == ["é"]


def test_json_of_a_rejected_row():
    raw = (["note", "order_id", "ordered_at", "gross_amount"], [['"é\\\n\x01', ' 1" ', "", "  "]])
    rejected = made({"orders": raw})["rejected_rows"]
    assert rejected[0]["row_key"] == '[" 1\\" "]'
    assert rejected[0]["raw_row"] == (
        '{"note":"\\"é\\\\\\n\\u0001","order_id":" 1\\" ","ordered_at":null,"gross_amount":null}'
    )


def test_erasure_leaves_no_trace():
    """The member's rows, its visitors' events, its orders' refunds, and no text of them."""
    refund = {"refund_id": "r", "order_id": "1", "refunded_at": "2024-01-02", "refund_amount": "1"}
    touch = {
        "event_id": "e",
        "occurred_at": "2024-01-02",
        "event_type": "click",
        "visitor_id": "v",
        "member_id": "other",
    }
    marts = made(
        {
            "orders": table(order("1", "gone", "bad date"), order("1", "other", "2024-01-01")),
            "order_refunds": table(refund),
            "events": table(touch),
            "identities": table(
                {"visitor_id": "v", "member_id": "gone"}, {"visitor_id": "v", "member_id": "other"}
            ),
            "referrals": table(
                {
                    "referral_id": "x",
                    "referrer_member_id": "other",
                    "referred_member_id": "gone",
                    "invited_at": "2024-01-01",
                }
            ),
            "erasures": table(
                {"member_id": "gone", "requested_at": "whenever"},
                {"member_id": "gone", "requested_at": "2024-01-01"},
                {"member_id": " "},
            ),
        }
    )
    counted = Counter((r["source_table"], r["reason"]) for r in marts["rejected_rows"])
    assert counted == {
        ("orders", "erased_member"): 1,
        ("order_refunds", "erased_member"): 1,
        ("events", "erased_member"): 1,
        ("identities", "erased_member"): 2,
        ("referrals", "erased_member"): 1,
        ("erasures", "duplicate_superseded"): 1,
        ("erasures", "missing_required"): 1,
    }
    assert not any("gone" in str(row) for mart in marts.values() for row in mart)
    assert [row["member_id"] for row in marts["fct_orders"]] == ["other"]


# Money


def test_foreign_money_and_steps_of_refunds():
    """Half a cent goes away from zero, and a full refund is exactly the order's net."""
    rates = [
        {"rate_date": "2023-12-31", "currency": "eur", "rate_to_reporting": "0.5"},
        {"rate_date": "2024-01-02", "currency": "EUR", "rate_to_reporting": "9"},
    ]
    refunds = [
        {"refund_id": name, "order_id": "1", "refunded_at": on, "refund_amount": amount}
        for name, on, amount in (
            ("b", "2024-01-05", "0.01"),
            ("a", "2024-01-05", "0.01"),
            ("c", "2024-01-07", "9.95"),
            ("d", "2024-01-09", "0.01"),
        )
    ]
    raw = {
        "orders": table(
            order(
                "1",
                "m",
                "2024-01-01",
                "10.01",
                discount_amount="0.04",
                cost_amount="3.03",
                currency=" EUR",
            ),
            order("2", "m", "2024-01-10", "0.005"),
        ),
        "exchange_rates": table(*rates),
        "order_refunds": table(*refunds),
    }
    expected = {
        "2024-01-04": "0.00",
        "2024-01-05": "0.01",
        "2024-01-07": "4.99",
        "2024-01-10": "4.99",
    }
    for as_of, refunded in expected.items():
        row = only(made(raw, as_of_date=as_of)["fct_orders"], order_id="1")
        assert (
            row["gross_amount"],
            row["net_before_refund"],
            row["discount_amount"],
            row["cost_amount"],
        ) == (Decimal("5.01"), Decimal("4.99"), Decimal("0.02"), Decimal("1.52"))
        assert row["refund_amount"] == Decimal(refunded)
        assert row["net_revenue"] == Decimal("4.99") - Decimal(refunded)
        assert row["is_over_refunded"] == (as_of == "2024-01-10")
        assert row["invalid_reason"] == ("void" if as_of >= "2024-01-07" else None)
    own = only(made(raw, as_of_date="2024-01-10")["fct_orders"], order_id="2")
    assert own["gross_amount"] == Decimal("0.01")
    assert own["is_full_price"]


def test_steps_of_refunds_in_their_order():
    """0.005, 0.010 and 0.015 round to 0.01, 0.01 and 0.02."""
    refunds = [
        {
            "refund_id": f"r{i}",
            "order_id": "1",
            "refunded_at": f"2024-01-0{i}",
            "refund_amount": "0.01",
        }
        for i in (1, 2, 3)
    ]
    raw = {
        "orders": table(order("1", "m", "2024-01-01", "0.03", currency="EUR")),
        "exchange_rates": table(
            {"rate_date": "2023-01-01", "currency": "EUR", "rate_to_reporting": ".5"}
        ),
        "order_refunds": table(*refunds),
    }
    steps = []
    for as_of in ("2024-01-01", "2024-01-02", "2024-01-03"):
        row = made(raw, as_of_date=as_of)["fct_orders"][0]
        steps.append((str(row["refund_amount"]), row["invalid_reason"]))
    assert steps == [("0.01", None), ("0.01", None), ("0.02", "void")]


def test_free_orders():
    """A free order is valid, a refund of nothing leaves it so, any other makes it void."""
    refund = {"refund_id": "r", "order_id": "1", "refunded_at": "2023-12-01", "refund_amount": "0"}
    raw = {"orders": table(order("1", "m", "2024-01-01", "5", discount_amount="5"))}
    assert made(raw)["fct_orders"][0]["is_valid"]
    assert made({**raw, "order_refunds": table(refund)})["fct_orders"][0]["is_valid"]
    refund["refund_amount"] = "0.000001"
    row = made({**raw, "order_refunds": table(refund)})["fct_orders"][0]
    assert (row["invalid_reason"], row["is_over_refunded"]) == ("void", True)


def test_reasons_why_an_order_is_not_valid():
    rows = [
        order("1", "", "2025-01-01", status="pending"),
        order("2", "", "2025-01-01"),
        order("3", "", "2024-01-01"),
        order("4", "nobody", "2024-01-01"),
        order("5", "m", "2024-01-01", status="Cancelled "),
        order("6", "m", "2024-01-01"),
    ]
    raw = {"orders": table(*rows), "members": table({"member_id": "m", "joined_at": "2024-01-01"})}
    marts = made(raw, infer_members=False, as_of_date="2024-06-30")
    assert {row["order_id"]: row["invalid_reason"] for row in marts["fct_orders"]} == {
        "1": "pending",
        "2": "after_as_of_date",
        "3": "guest",
        "4": "unknown_member",
        "5": "cancelled",
        "6": None,
    }


# People


def test_inferred_members_and_members_of_bad_rows():
    raw = {
        "orders": table(
            order("1", "new", "2024-02-02"),
            order("2", "new", "2024-01-02"),
            order("3", "bad", "2024-01-03"),
        ),
        "members": table(
            {"member_id": "bad", "joined_at": "2023-02-30"},
            {"member_id": "silent", "joined_at": "?"},
            {"member_id": "back", "joined_at": "2024-01-10T10:00", "closed_at": "2024-01-10T09:00"},
        ),
    }
    found = {row["member_id"]: row for row in made(raw)["dim_members"]}
    assert found["new"]["is_inferred"]
    assert found["new"]["joined_on"] == found["new"]["registered_on"] == day("2024-01-02")
    assert (found["bad"]["joined_on"], found["bad"]["first_seen_on"]) == (None, day("2024-01-03"))
    assert found["bad"]["lifecycle_stage"] == "latent"
    assert not found["bad"]["is_inferred"]
    assert found["silent"]["first_seen_on"] is None
    assert found["silent"]["snapshot_date"] is None
    assert found["back"]["closed_on"] is None
    assert found["back"]["is_enrolled"]
    known = {row["member_id"] for row in made(raw, infer_members=False)["dim_members"]}
    assert known == {"bad", "silent", "back"}


def test_referral_statuses():
    members = table(
        *(
            {"member_id": name, "joined_at": joined}
            for name, joined in (
                ("old", "2024-01-01"),
                ("older", "2023-06-01"),
                ("new", "2024-03-01T12:00"),
                ("midnight", "2024-03-01"),
                ("late", "2025-01-01"),
                ("never", ""),
            )
        )
    )
    edges = [
        ("self", "old", "old", "2024-01-01", "self_referral"),
        ("ghost", "nobody", "new", "2024-01-01", "unknown_referrer"),
        ("open", "old", None, "2024-01-01", "referee_not_joined"),
        ("never", "old", "never", "2024-01-01", "referee_not_joined"),
        ("future", "old", "late", "2024-01-01", "referee_not_joined"),
        ("after", "old", "new", "2024-03-01T12:00:01", "referee_already_member"),
        ("next day", "old", "new", "2024-03-02", "referee_already_member"),
        ("referrer", "new", "old", "2023-12-01", "referrer_not_member"),
        ("same day", "new", "midnight", "2024-02-28", "referrer_not_member"),
        ("91 days", "old", "new", "2023-12-01", "outside_attribution_window"),
        ("90 days", "old", "new", "2023-12-02", "accepted"),
        ("second", "older", "new", "2023-12-02", "not_first_touch"),
        ("same date", "old", "midnight", "2024-03-01T18:00", "accepted"),
    ]
    raw = {
        "orders": table(order("1", "new", "2024-02-01"), order("2", "new", "2024-03-04")),
        "members": members,
        "referrals": table(
            *(
                {
                    "referral_id": i,
                    "referrer_member_id": a,
                    "referred_member_id": b,
                    "invited_at": at,
                }
                for i, a, b, at, _ in edges
            )
        ),
    }
    rows = {row["referral_id"]: row for row in made(raw)["fct_referrals"]}
    assert {name: row["status"] for name, row in rows.items()} == {
        name: status for name, *_, status in edges
    }
    assert rows["90 days"]["credited_on"] == day("2024-03-01")
    assert rows["90 days"]["activated_on"] == day("2024-03-04")
    assert rows["same date"]["activated_on"] is None
    assert rows["second"]["credited_on"] is None


# Scores


@pytest.mark.parametrize(
    ("count", "bins", "expected"),
    [
        (0, 5, []),
        (1, 5, [1]),
        (3, 5, [1, 2, 3]),
        (5, 5, [1, 2, 3, 4, 5]),
        (7, 3, [1, 1, 1, 2, 2, 3, 3]),
        (12, 5, [1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5]),
    ],
)
def test_tiles(count, bins, expected):
    assert scores.tiles(count, bins) == expected


@pytest.mark.parametrize(
    ("policy", "ascending", "recency"),
    [
        ("low", [1, 1, 1, 2, 3, 3], [3, 3, 3, 2, 1, 1]),
        ("high", [2, 2, 2, 2, 3, 3], [2, 2, 2, 2, 1, 1]),
        ("split", [1, 1, 2, 2, 3, 3], [3, 3, 2, 2, 1, 1]),
    ],
)
def test_tie_policies(policy, ascending, recency):
    """a, b and c tie over the first two of three tiles; x is inactive."""
    values = {"b": 1, "a": 1, "c": 1, "d": 2, "f": 3, "e": 3, "x": None}
    active = set("abcdef")
    variables = {"tie_policy": policy, "score_bins": 3}
    for measure, expected in (("frequency", ascending), ("recency", recency)):
        found = scores.scores(values, active, measure, variables, SEEDS)
        assert [found[member] for member in "abcdef"] == expected
        assert found["x"] == 0


def test_thresholds_replace_tiles():
    seeds = {
        "score_thresholds": [
            {"measure": "monetary", "score": "2", "lower_bound": "10"},
            {"measure": "monetary", "score": "4", "lower_bound": "20.5"},
            {"measure": "recency", "score": "1", "lower_bound": "30"},
            {"measure": "recency", "score": "5", "lower_bound": "3"},
        ]
    }
    values = {"a": Decimal("9.99"), "b": Decimal(10), "c": Decimal("20.49"), "d": Decimal("20.5")}
    found = scores.scores(values, set("abcd"), "monetary", {}, seeds)
    assert found == {"a": 0, "b": 2, "c": 2, "d": 4}
    days = {"a": 2, "b": 3, "c": 29, "d": 30, "e": 5}
    found = scores.scores(days, set("abcd"), "recency", {}, seeds)
    assert found == {"a": 0, "b": 5, "c": 5, "d": 1, "e": 0}


@pytest.mark.parametrize(
    ("values", "upper"),
    [
        ([1] * 4 + [2] * 6, {2}),
        ([1] * 6 + [2] * 4, {2}),
        ([1, 1, 2, 2], {2}),
        ([7], set()),
        ([1, 2, 3], {3}),
        ([1, 2, 2, 3], {3}),
        ([5, 5, 5], set()),
        ([1, 2], {2}),
        ([], set()),
        ([1, 1, 2, 2, 2, 3], {3, 2}),
        ([1, 1, 1, 2, 2, 3], {2, 3}),
    ],
)
def test_halves(values, upper):
    named = {str(i): value for i, value in enumerate(values)}
    found = scores.halves({**named, "x": 0}, set(named))
    assert {named[m] for m in named if found[m]} == upper
    assert found["x"] == 0


def test_recent_is_the_upper_half_of_recency():
    assert scores.halves({"a": 1, "b": 9, "c": 9}, set("abc"), best_is_low=True) == {
        "a": 1,
        "b": 0,
        "c": 0,
    }


def test_recency_direction_and_window():
    """Two active members: the recent one scores 5, the other 4; the one outside scores 0."""
    raw = {
        "orders": table(
            order("1", "recent", "2024-03-30"),
            order("2", "old", "2024-03-02"),
            order("3", "outside", "2024-03-01"),
            order("4", "outside", "2024-02-01"),
        )
    }
    marts = made(raw, rfm_window_days=30, as_of_date="2024-03-31")
    rows = {
        row["member_id"]: row
        for row in marts["fct_rfm_scores"]
        if row["snapshot_date"] == day("2024-03-31") and row["score_partition"] == "all"
    }
    assert {m: (row["recency_days"], row["r_score"]) for m, row in rows.items()} == {
        "recent": (1, 5),
        "old": (29, 4),
        "outside": (30, 0),
    }
    assert rows["outside"]["rfm_cell"] == "000"
    assert rows["outside"]["rfm_value_class"] == "none"
    assert rows["outside"]["average_order_value"] is None
    assert rows["recent"]["rfm_value_class"] == "general_develop"
    bounds = only(
        marts["agg_score_bounds"],
        snapshot_date=day("2024-03-31"),
        measure="recency",
        score_partition="all",
        score=0,
    )
    assert (bounds["lower_value"], bounds["members"], bounds["method"]) == (30, 1, "quantile")


def test_partitions_count_only_their_orders():
    rows = [
        order("1", "m", "2024-01-31", "8", platform=" web ", store="n"),
        order("2", "m", "2024-01-30", "4.25", platform="", store=""),
        order("3", "m", "2024-01-30", "4", platform=None, store=" n"),
    ]
    marts = made({"orders": table(*rows)}, score_partitions=["platform", "store"])
    found = {
        row["score_partition"]: (row["frequency"], row["average_order_value"])
        for row in marts["fct_rfm_scores"]
    }
    assert found == {
        "all": (3, Decimal("5.42")),
        "platform=web": (1, 8),
        "platform=unknown": (2, Decimal("4.13")),
        "store=n": (2, 6),
        "store=unknown": (1, Decimal("4.25")),
    }


def test_weights_by_valid_from():
    weights = [
        {"valid_from": day, "measure": measure, "weight": weight}
        for day, measure, weight in (
            ("1900-01-01", "frequency", "1"),
            ("1900-01-01", "referral", "2"),
            ("2024-02-10", "frequency", "0.25"),
            ("2024-02-29", "average_order_value", "3"),
        )
    ]
    raw = {"orders": table(order("1", "m", "2024-01-01"), order("2", "m", "2024-03-31"))}
    marts = made(raw, {"loyalty_weights": weights}, snapshot_interval="day")
    found = {row["snapshot_date"]: row["loyalty_score"] for row in marts["fct_loyalty_scores"]}
    assert found[day("2024-02-09")] == 1
    assert found[day("2024-02-10")] == Decimal("0.25")
    assert found[day("2024-02-28")] == Decimal("0.25")
    assert found[day("2024-02-29")] == 3


def test_occasions_and_quadrants():
    rows = [
        order("1", "a", "2024-01-30T10:00", "50", cost_amount="49"),
        order("2", "a", "2024-01-30T12:00", "50", cost_amount="50"),
        order("3", "b", "2024-01-31", "20", cost_amount=""),
    ]
    for occasion, frequency, measure, upper in (
        ("order", 2, "net_revenue", "a"),
        ("day", 1, "gross_margin", "b"),
    ):
        marts = made(
            {"orders": table(*rows)}, purchase_occasion=occasion, contribution_measure=measure
        )
        assert (
            only(marts["fct_rfm_scores"], member_id="a", score_partition="all")["frequency"]
            == frequency
        )
        halves = {
            row["member_id"] for row in marts["fct_member_quadrants"] if row["contribution_half"]
        }
        assert halves == {upper}
        assert (
            sum(row["orders"] for row in marts["agg_rfm_cells"] if row["score_partition"] == "all")
            == 3
        )
    assert only(marts["fct_member_quadrants"], member_id="a")["contribution_amount"] == 1
    assert {row["quadrant"] for row in marts["fct_member_quadrants"]} == {"B", "D"}


# Snapshots and stages


@pytest.mark.parametrize(
    ("interval", "start", "as_of", "expected"),
    [
        ("month", "", "2024-04-10", ["2024-02-29", "2024-03-31", "2024-04-10"]),
        ("month", "2024-03-01", "2024-03-31", ["2024-03-31"]),
        ("month", "2024-03-02", "2024-03-31", ["2024-03-31"]),
        ("month", "2023-01-01", "2024-02-29", ["2024-02-29"]),
        ("week", "", "2024-01-28", ["2024-01-21", "2024-01-28"]),
        ("week", "2024-01-16", "2024-01-22", ["2024-01-22"]),
        ("day", "", "2024-01-17", ["2024-01-15", "2024-01-16", "2024-01-17"]),
        ("day", "", "2024-01-14", []),
    ],
)
def test_snapshot_dates(interval, start, as_of, expected):
    """The first order is on Monday 2024-01-15."""
    ordered_on = [day("2024-03-03"), day("2024-01-15")]
    found = stages.snapshot_dates(ordered_on, day(as_of), {"snapshot_interval": interval}, start)
    assert [on.isoformat() for on in found] == expected


def test_default_as_of_date():
    """The newest order that is not in the future; business dates follow the zone."""
    raw = {"orders": table(order("1", "m", "2024-01-31T20:00Z"), order("2", "m", "2097-01-01"))}
    assert {row["snapshot_date"] for row in made(raw)["fct_rfm_scores"]} == {day("2024-01-31")}
    rows = made(raw, business_timezone="Asia/Shanghai")["fct_rfm_scores"]
    assert {row["snapshot_date"] for row in rows} == {day("2024-02-01")}
    assert made({"orders": table(order("1", "m", "2097-01-01"))})["fct_rfm_scores"] == []


def walk(raw: dict, member: str, **variables) -> dict[str, tuple]:
    """{snapshot month: (stage, dormant_since, is_reactivation, previous_stage, days_in_stage)}."""
    rows = made(raw, score_partitions=[], **variables)["fct_lifecycle_snapshots"]
    return {
        f"{row['snapshot_date']:%m-%d}": (
            row["lifecycle_stage"],
            row["dormant_since"] and f"{row['dormant_since']:%m-%d}",
            row["is_reactivation"],
            row["previous_stage"],
            row["days_in_stage"],
        )
        for row in rows
        if row["member_id"] == member
    }


DORMANT = {
    "dormant_r_scores": [0, 1, 2, 3, 4, 5],
    "development_grace_days": 29,
    "churn_after_days": 31,
    "as_of_date": "2023-07-31",
}


def test_dormant_run():
    """It starts after the grace, ends with a purchase, and starts again one snapshot later."""
    raw = {"orders": table(order("1", "m", "2023-01-01"), order("2", "m", "2023-03-15"))}
    assert walk(raw, "m", **DORMANT) == {
        "01-31": ("dormant", "01-31", False, None, 0),
        "02-28": ("dormant", "01-31", False, None, 28),
        "03-31": ("growth", None, True, "dormant", 0),
        "04-30": ("dormant", "04-30", False, "growth", 0),
        "05-31": ("churned", "04-30", False, "dormant", 0),
        "06-30": ("churned", "04-30", False, "dormant", 30),
        "07-31": ("churned", "04-30", False, "dormant", 61),
    }
    later = walk(raw, "m", **{**DORMANT, "development_grace_days": 30})
    assert later["01-31"] == ("development", None, False, None, 0)
    assert later["02-28"] == ("dormant", "02-28", False, "development", 0)
    cut = walk(raw, "m", **{**DORMANT, "snapshot_start": "2023-06-01"})
    assert cut == {on: row for on, row in walk(raw, "m", **DORMANT).items() if on > "06"}


def test_refund_neither_ends_nor_starts_a_run():
    """A refund moves the last purchase back: the run goes on, and the repurchase is forgotten."""
    refund = {"refund_id": "r", "order_id": "2", "refunded_at": "2023-04-10", "refund_amount": "10"}
    raw = {
        "orders": table(order("1", "m", "2023-01-01"), order("2", "m", "2023-03-15")),
        "order_refunds": table(refund),
    }
    found = walk(raw, "m", **DORMANT)
    assert found["03-31"][:3] == ("growth", None, True)
    assert found["04-30"][:2] == ("dormant", "04-30")
    assert found["07-31"][:2] == ("churned", "04-30")
    found = walk(raw, "m", **{**DORMANT, "development_grace_days": 149})
    assert [found[on][0] for on in ("03-31", "04-30", "05-31")] == [
        "growth",
        "development",
        "dormant",
    ]


def test_dormant_run_needs_a_pause():
    """recency_days must exceed dormant_min_cycles × cycle: here 2 × 31; on the day itself 0 > 0
    does not hold; a member that never bought has the longest pause of all."""
    raw = {
        "orders": table(
            order("1", "m", "2023-01-01"),
            order("2", "m", "2023-02-01"),
            order("3", "w", "2023-07-31"),
        ),
        "members": table({"member_id": "never", "joined_at": "2023-01-01"}),
    }
    variables = {**DORMANT, "dormant_min_cycles": 2, "cycle_lookback_days": 9999}
    stage = {on: row[0] for on, row in walk(raw, "m", **variables).items()}
    assert [stage[on] for on in ("02-28", "03-31", "04-30")] == ["growth", "growth", "dormant"]
    assert walk(raw, "never", **variables)["01-31"][0] == "dormant"
    assert walk(raw, "w", **{**DORMANT, "development_grace_days": 0})["07-31"][0] == "development"


def test_latent_stable_and_known():
    """Not known before the first trace and from the closing day on; latent until enrolled."""
    members = [
        {"member_id": "a", "registered_at": "2023-02-01", "joined_at": "2023-03-15"},
        {"member_id": "b", "joined_at": "2023-01-01", "closed_at": "2023-03-31"},
    ]
    raw = {
        "orders": table(
            order("1", "c", "2023-01-01"),
            order("2", "c", "2023-01-02"),
            order("3", "a", "2023-03-16", "5"),
            order("4", "b", "2023-01-05"),
        ),
        "members": table(*members),
    }
    variables = {"as_of_date": "2023-03-31"}
    assert {on: row[0] for on, row in walk(raw, "a", **variables).items()} == {
        "02-28": "latent",
        "03-31": "growth",
    }
    assert {on: row[0] for on, row in walk(raw, "b", **variables).items()} == {
        "01-31": "growth",
        "02-28": "growth",
    }
    assert walk(raw, "c", **variables)["03-31"][0] == "stable"


@pytest.mark.parametrize(
    ("dates", "variables", "expected"),
    [
        (["2024-01-01"], {}, 90),
        (["2024-01-01", "2024-01-11", "2024-01-31"], {}, 15),
        (["2024-01-01", "2024-01-11", "2024-01-21", "2024-02-01"], {}, Fraction(31, 3)),
        (
            ["2024-01-01", "2024-01-11", "2024-01-21", "2024-02-21"],
            {"cycle_statistic": "median"},
            10,
        ),
        (
            ["2024-01-01", "2024-01-11", "2024-02-01"],
            {"cycle_statistic": "median"},
            Fraction(31, 2),
        ),
        (["2024-01-01", "2024-01-11", "2024-02-01"], {"cycle_lookback_days": 59}, Fraction(31, 2)),
        (["2024-01-01", "2024-01-11", "2024-02-01"], {"cycle_lookback_days": 50}, 21),
        (["2024-01-01", "2024-01-11"], {"cycle_lookback_days": 50, "default_cycle_days": 7}, 7),
    ],
)
def test_cycle(dates, variables, expected):
    """At 2024-03-01, which lies 50 days after 2024-01-11."""
    found = stages.cycle(
        {"m": [day(on) for on in dates], "n": []}, day("2024-03-01"), contract.settings(variables)
    )
    assert found == expected


@pytest.mark.parametrize(
    ("dates", "variables", "stage"),
    [
        ([], {}, "awareness"),
        (["2024-01-01"], {}, "purchase"),
        (["2024-01-01", "2024-01-11", "2024-02-20"], {}, "purchase"),
        (["2024-01-01", "2024-02-10", "2024-02-20"], {}, "loyalty"),
        (["2024-01-01", "2024-02-10", "2024-02-20"], {"aipl_loyal_rule": "every_gap"}, "purchase"),
        (["2024-01-01", "2024-01-11"], {}, "purchase"),
        (["2024-01-01", "2024-01-11"], {"aipl_loyal_rule": "latest_gap"}, "loyalty"),
        (["2024-02-10", "2024-02-20"], {"aipl_window_days": 10}, "awareness"),
        (["2024-02-10", "2024-02-20"], {"aipl_window_days": 11}, "loyalty"),
    ],
)
def test_aipl_of_buyers(dates, variables, stage):
    """At 2024-03-01 with a cycle of 20 days."""
    found = stages.aipl_stage(
        [day(on) for on in dates], [], Fraction(20), day("2024-03-01"), contract.settings(variables)
    )
    assert found == stage


def test_aipl_of_visitors():
    """A tied visitor is its member, an event of nobody nobody's, a later event not yet known."""
    touches = [
        ("1", "2024-01-20", " Page_View ", "v", ""),
        ("2", "2024-01-20", "click", "w", ""),
        ("3", "2024-01-20", "store_visit", "tied", "ghost"),
        ("4", "2024-01-20", "click", "", "ghost"),
        ("5", "2024-02-20", "favourite", "w", ""),
        ("6", "2024-02-20", "favourite", "late", ""),
    ]
    columns = ("event_id", "occurred_at", "event_type", "visitor_id", "member_id")
    raw = {
        "orders": table(order("1", "", "2024-01-01"), order("2", "", "2024-02-29")),
        "members": table({"member_id": "m", "registered_at": "2024-02-01"}),
        "events": table(*(dict(zip(columns, touch)) for touch in touches)),
        "identities": table(
            {"visitor_id": "tied", "member_id": "m"}, {"visitor_id": "v", "member_id": "ghost"}
        ),
    }
    found = {}
    for row in made(raw)["fct_aipl_stages"]:
        found.setdefault(f"{row['snapshot_date']:%m}", {})[row["person_id"]] = row["aipl_stage"]
    assert found == {
        "01": {"member:m": "interest", "visitor:v": "interest", "visitor:w": "awareness"},
        "02": {
            "member:m": "interest",
            "visitor:v": "interest",
            "visitor:w": "interest",
            "visitor:late": "interest",
        },
    }


def test_transitions_from_and_to_nothing():
    raw = {
        "orders": table(
            order("1", "a", "2024-01-01", "10"),
            order("2", "b", "2024-02-10", "7"),
            order("3", "c", "2024-01-05", "4"),
        ),
        "members": table(
            {"member_id": "c", "joined_at": "2024-01-01", "closed_at": "2024-02-20"},
            {"member_id": "d", "joined_at": "2024-01-01"},
        ),
    }
    rows = made(raw, as_of_date="2024-02-29")["agg_segment_transitions"]
    found = {
        (row["from_segment"], row["to_segment"]): (
            row["members"],
            str(row["revenue_before"]),
            str(row["revenue_after"]),
            str(row["share_of_from"]),
        )
        for row in rows
        if row["segment_family"] == "rfm_segment"
    }
    assert found == {
        ("recent", "recent"): (1, "10.00", "10.00", "0.500000"),
        ("recent", "(none)"): (1, "4.00", "0.00", "0.500000"),
        ("(none)", "recent"): (1, "0.00", "7.00", "1.000000"),
        ("rest", "rest"): (1, "0.00", "0.00", "1.000000"),
    }


def test_next_action_is_the_most_urgent():
    marts = made({"orders": table(order("1", "m", "2024-01-31"))})
    row = only(marts["dim_members"], member_id="m")
    assert (row["quadrant"], row["lifecycle_stage"]) == ("D", "development")
    assert (row["next_action"], row["next_action_zh"]) == ("Welcome.", "欢迎。")
    marts = made({"orders": table(order("1", "m", "2024-01-31"))}, {"segment_playbook": []})
    assert marts["dim_members"][0]["next_action"] is None


def test_tags_begin_where_they_change_and_end_where_the_next_begins():
    """A member of one order, who falls dormant: each family by itself, the last tag open."""
    raw = {"orders": table(order("1", "m", "2024-01-10"), order("2", "x", "2024-06-01"))}
    marts = made(raw, rfm_window_days=30)
    tags = {}
    for row in marts["fct_member_tags"]:
        if row["member_id"] == "m":
            tags.setdefault(row["tag_family"], []).append(
                (str(row["valid_from"]), row["tag"], row["valid_to"] and str(row["valid_to"]))
            )
    assert tags["lifecycle"] == [
        ("2024-02-29", "development", "2024-04-30"),
        ("2024-04-30", "dormant", None),
    ]
    for rows in tags.values():
        rows.sort()
        assert rows[-1][2] is None
        assert [row[2] for row in rows[:-1]] == [row[0] for row in rows[1:]]


def test_next_steps_name_what_is_lacking():
    """One order against two: one more reaches the next score; who has two has no step."""
    rows = [order("1", "m", "2024-01-31"), order("2", "n", "2024-01-31")]
    marts = made({"orders": table(*rows, order("3", "n", "2024-01-31"))})
    steps = {(row["member_id"], row["measure"]): row for row in marts["fct_next_steps"]}
    assert ("n", "frequency") not in steps and ("m", "recency") not in steps
    step = steps["m", "frequency"]
    assert (step["score"], step["next_score"]) == (1, 2)
    assert (step["value"], step["value_needed"], step["gap"]) == (1, 2, 1)
    action = only(marts["fct_next_actions"], member_id="m")
    assert (action["segment"], action["aim_measure"], action["gap"]) == (
        "development", "frequency", 1,
    )  # fmt: skip


# Comparison


def test_compare_is_silent_about_equal_marts():
    rows = [{"order_id": str(i), "net_revenue": Decimal("1.50"), "is_valid": True} for i in "abc"]
    shuffled = [
        {"order_id": str(i), "net_revenue": Decimal("1.5"), "is_valid": True} for i in "cab"
    ]
    assert compare({"fct_orders": rows, "x": []}, {"fct_orders": shuffled, "x": [], "y": []}) == []


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (None, "fct_orders: is missing"),
        ([], "fct_orders: lacks 1 × {order_id: 'a', gross: 1, on: 2024-01-01}"),
        (
            [{"order_id": "a", "gross": 2, "on": day("2024-01-01")}],
            "fct_orders ('a'): gross expected 1, got 2",
        ),
        (
            [{"order_id": "a", "gross": True, "on": day("2024-01-01")}],
            "fct_orders ('a'): gross expected 1, got True",
        ),
        (
            [{"order_id": "a", "gross": None, "on": day("2024-01-01")}],
            "fct_orders ('a'): gross expected 1, got null",
        ),
        (
            [{"order_id": "a", "gross": 1, "on": datetime(2024, 1, 1)}],
            "fct_orders ('a'): on expected 2024-01-01, got 2024-01-01 00:00:00",
        ),
        (
            [{"order_id": "a", "gross": 1.0000000001, "on": day("2024-01-01")}],
            "fct_orders ('a'): gross expected 1, got 1.0000000001",
        ),
        (
            [{"order_id": "a", "gross": 1, "on": day("2024-01-01")}] * 2,
            "fct_orders: has 1 × {order_id: 'a', gross: 1, on: 2024-01-01} too many",
        ),
        ([{"order_id": "a", "gross": 1}], "fct_orders: column on is missing"),
        (
            [{"order_id": "a", "gross": 1, "on": day("2024-01-01"), "z": 1}],
            "fct_orders: column z is not expected",
        ),
    ],
)
def test_compare_says_what_differs(actual, words):
    expected = {"fct_orders": [{"order_id": "a", "gross": 1, "on": day("2024-01-01")}]}
    assert compare(expected, {} if actual is None else {"fct_orders": actual}) == [words]


def test_compare_cuts_long_lists():
    expected = {"x": [{"a": i} for i in range(30)]}
    lines = compare(expected, {"x": []}, limit=3)
    assert len(lines) == 4
    assert lines[-1] == "x: … and 27 more differences"


# Worlds


def test_var_sets_hold_every_option():
    defaults = contract.settings()
    seen = {name: {str(contract.settings(given)[name]) for given in VAR_SETS} for name in defaults}
    for name, options in OPTIONS.items():
        assert seen[name] == {str(option) for option in options}
    constant = {name for name, values in seen.items() if len(values) == 1}
    # These change no mart that worlds compare: test_restatement.py, test_backtest.py and
    # test_stability.py try them.
    elsewhere = {"restate_from", "backtest_horizon_days", "backtest_origins"}
    elsewhere |= {"alarm_stability_index", "alarm_mean_shift"}
    assert {name for name in constant if not name.startswith("raw_")} == elsewhere
    assert {given.get("as_of_date", "") == "" for given in VAR_SETS} == {True, False}


def test_worlds_are_deterministic_and_small():
    for seed in range(24):
        world = random_world(seed)
        assert repr(world) == repr(random_world(seed))
        assert world.vars == VAR_SETS[seed % len(VAR_SETS)]
        sizes = {name: len(rows) for name, (_, rows) in world.raw.items()}
        assert max(sizes.values()) < 100
        assert all(name in contract.TABLES for name in sizes)
        assert set(world.seed_tables()) == set(world.seeds)


def accounted(world: World, marts: dict) -> bool:
    """Every raw row that is read is staged or rejected."""
    staged = {row["source_table"]: row["staged_rows"] for row in marts["staged_rows"]}
    rejected = Counter(row["source_table"] for row in marts["rejected_rows"])
    return all(
        staged[name] + rejected[name] == len(rows)
        for name, (_, rows) in world.raw.items()
        if world.vars.get(f"using_{name}", True)
    )


def test_worlds_reach_every_outcome():
    """Over 96 worlds each reason, status, class and stage occurs, no row is lost, no move between
    lifecycle stages is one that the specification does not list."""
    shipped = contract.seed_rows()["lifecycle_transitions"]
    legal = {(row["from_stage"], row["to_stage"]) for row in shipped}
    seen, snapshots, aarrr = Counter(), set(), Counter()
    for seed in range(96):
        world = random_world(seed)
        marts = build(world.raw, world.vars, world.seeds, BUILD_DATE)
        assert accounted(world, marts)
        moves = {
            (row["from_segment"], row["to_segment"])
            for row in marts["agg_segment_transitions"]
            if row["segment_family"] == "lifecycle" and row["from_segment"] != row["to_segment"]
        }
        assert moves <= legal
        for mart, column in (
            ("rejected_rows", "reason"),
            ("rejected_rows", "source_table"),
            ("fct_orders", "invalid_reason"),
            ("fct_orders", "is_over_refunded"),
            ("fct_referrals", "status"),
            ("fct_rfm_scores", "rfm_value_class"),
            ("agg_score_bounds", "score"),
            ("fct_member_quadrants", "quadrant"),
            ("fct_lifecycle_snapshots", "lifecycle_stage"),
            ("fct_lifecycle_snapshots", "is_reactivation"),
            ("fct_aipl_stages", "aipl_stage"),
            ("agg_score_bounds", "method"),
        ):
            seen.update((column, row[column]) for row in marts[mart])
        snapshots.add(len({row["snapshot_date"] for row in marts["agg_score_bounds"]}))
        for row in marts["agg_aarrr"]:
            aarrr.update((name, value is None or value != 0) for name, value in row.items())
            aarrr.update((name, "null") for name, value in row.items() if value is None)
    kinds = Counter(column for column, _ in seen)
    assert kinds == {
        "reason": 10,
        "source_table": 11,
        "invalid_reason": 7,
        "is_over_refunded": 2,
        "status": 8,
        "rfm_value_class": 9,
        "score": 10,
        "quadrant": 4,
        "lifecycle_stage": 6,
        "is_reactivation": 2,
        "aipl_stage": 4,
        "method": 2,
    }
    assert 0 in snapshots
    assert max(snapshots) <= 80
    figures = {name for name, _ in aarrr if name not in ("period_grain", "period_start", "channel")}
    for name in figures - {"is_complete"}:
        assert aarrr[name, True] - aarrr[name, "null"] >= 20, f"{name} is hardly ever above 0"
    nulls = {name for name in figures if aarrr[name, "null"]}
    assert len(nulls) == 19 and all(aarrr[name, "null"] >= 20 for name in nulls)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_row_order_changes_nothing(world):
    marts = build(world.raw, world.vars, world.seeds, BUILD_DATE)
    assert accounted(world, marts)
    mixed = {
        name: (columns, random.Random(1).sample(rows, len(rows)))
        for name, (columns, rows) in world.raw.items()
    }
    assert compare(marts, build(mixed, world.vars, world.seeds, BUILD_DATE)) == []


def test_reduced_finds_the_one_row():
    """A world that fails on account of one row is cut down to that row (and its anchor)."""
    world = next(w for w in map(random_world, range(1, 500, 12)) if len(w.raw["orders"][1]) > 40)
    columns, rows = world.raw["orders"]
    guilty = rows[17]
    smallest = reduced(world, lambda w: guilty in w.raw["orders"][1])
    assert sum(len(rows) for _, rows in smallest.raw.values()) == 2
    assert smallest.raw["orders"] == (columns, [rows[0], guilty])
    assert replace(smallest, raw=world.raw) == world
