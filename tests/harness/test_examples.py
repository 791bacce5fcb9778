"""The worked examples: real data unchanged, simulated data sound and labelled, totals to the cent.

Tests that read the shared data look for it in MEMBER_LOYALTY_SHARED_DATA (a folder, default
../shared/data beside the project) and are skipped where it is not.
"""

from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
CDNOW = PROJECT / "examples" / "cdnow"
PAGE = PROJECT / "docs" / "bring_your_own_data.md"
SHARED = Path(os.environ.get("MEMBER_LOYALTY_SHARED_DATA", PROJECT.parent / "shared" / "data"))
for folder in (PROJECT / "scripts", CDNOW, PROJECT / "examples" / "online_retail"):
    sys.path.insert(0, str(folder))

import adapt  # noqa: E402
import load_raw  # noqa: E402
import make_raw  # noqa: E402
import simulate  # noqa: E402
from _contract import contract, markdown  # noqa: E402

FIRST, LAST = date(1997, 1, 1), date(1998, 6, 30)


def shared(name: str) -> str:
    """Path of a file of the shared data; skips the test where it is not."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not in {SHARED}; MEMBER_LOYALTY_SHARED_DATA names another folder")
    return str(path)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, gzipped or not."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


# CDNOW.


def test_cdnow_figures():
    """The committed file has the figures that its README and the data catalogue state."""
    rows = read(CDNOW / "raw" / "orders.csv.gz")
    amounts = [Decimal(row["gross_amount"]) for row in rows]
    dates: dict[str, set[str]] = {}
    for row in rows:
        dates.setdefault(row["member_id"], set()).add(row["ordered_at"])
    figures = {
        "purchases": f"{len(rows):,}",
        "customers": f"{len(dates):,}",
        "dollars": f"{sum(amounts):,}",
        "free purchases (0.00 dollars)": str(amounts.count(0)),
        "customers without a second purchase date": f"{sum(len(d) == 1 for d in dates.values()):,}",
    }
    assert list(figures.values()) == ["69,659", "23,570", "2,500,315.63", "80", "12,054"]
    page = (CDNOW / "README.md").read_text("utf-8")
    for name, figure in figures.items():
        assert f"| {name} | {figure} |\n" in page
    assert len({row["order_id"] for row in rows}) == len(rows)
    assert {row["currency"] for row in rows} == {"USD"}
    days = [date.fromisoformat(row["ordered_at"]) for row in rows]
    assert (min(days), max(days)) == (FIRST, LAST)
    assert [path.name for path in (CDNOW / "raw").iterdir()] == ["orders.csv.gz"]
    assert (CDNOW / "raw" / "orders.csv.gz").stat().st_size < 1_500_000


def test_cdnow_is_made_from_the_master_file(tmp_path: Path):
    """The script gives the committed text again, twice with the same bytes."""
    master = shared("cdnow_master.parquet")
    make_raw.main(master, tmp_path / "a")
    make_raw.main(master, tmp_path / "b")
    first, again = ((tmp_path / out / "orders.csv.gz").read_bytes() for out in "ab")
    assert first == again
    committed = (CDNOW / "raw" / "orders.csv.gz").read_bytes()
    assert gzip.decompress(first) == gzip.decompress(committed)


# The simulation.


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo data as `make build` writes it."""
    out = tmp_path_factory.mktemp("demo") / "raw"
    simulate.write(CDNOW / "raw", out, 1, 0.01)
    return out


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """The demo data without bad rows, by table."""
    out = tmp_path_factory.mktemp("sound") / "raw"
    simulate.write(CDNOW / "raw", out, 1, 0)
    return {name: read(out / f"{name}.csv") for name in contract()}


def test_same_seed_same_bytes(demo: Path, tmp_path: Path):
    """Another process with another hash seed writes the same bytes; another seed does not."""
    command = [sys.executable, str(PROJECT / "scripts" / "simulate.py"), "--seed", "1"]
    command += ["--real", str(CDNOW / "raw"), "--out", str(tmp_path / "raw")]
    subprocess.run(command, env={"PYTHONHASHSEED": "77"}, check=True, capture_output=True)
    names = sorted(path.name for path in demo.iterdir())
    assert names == sorted(["README.md", *(f"{name}.csv" for name in contract())])
    for name in names:
        assert (tmp_path / "raw" / name).read_bytes() == (demo / name).read_bytes(), name
    real = simulate.read_orders(CDNOW / "raw")[:500]
    for name in contract():
        one, other = (simulate.Simulation(list(real), seed) for seed in (1, 2))
        assert getattr(one, f"table_{name}")() != getattr(other, f"table_{name}")(), name


def test_real_orders_stay_real(sound: dict[str, list[dict[str, str]]]):
    """Id, member, date and what was paid are those of CDNOW, for every order and no other."""
    simulated = [row for row in sound["orders"] if not row["order_id"].startswith("sim-")]
    found = [
        (
            row["order_id"],
            row["member_id"],
            row["ordered_at"],
            Decimal(row["gross_amount"]) - Decimal(row["discount_amount"] or 0),
        )
        for row in simulated
    ]
    assert found == [
        (row["order_id"], row["member_id"], row["ordered_at"], Decimal(row["gross_amount"]))
        for row in read(CDNOW / "raw" / "orders.csv.gz")
    ]
    assert sum(paid for *_, paid in found) == Decimal("2500315.63")


def test_simulated_ids_are_labelled(sound: dict[str, list[dict[str, str]]]):
    """Every id is one of CDNOW's or begins with sim-."""
    real = read(CDNOW / "raw" / "orders.csv.gz")
    known = {row["order_id"] for row in real} | {row["member_id"] for row in real} | {""}
    for name, table in contract().items():
        ids = [column.name for column in table.columns if column.type == "id"]
        for row in sound[name]:
            assert all(row[i].startswith("sim-") or row[i] in known for i in ids), (name, row)


def test_simulated_cells_follow_the_contract(sound: dict[str, list[dict[str, str]]]):
    """Without bad rows every cell can be read, keys are unique, required cells are filled."""
    readers = {
        "timestamp": datetime.fromisoformat,
        "date": date.fromisoformat,
        "amount": lambda cell: 0 <= Decimal(cell) < 10**10 or pytest.fail(cell),
        "rate": lambda cell: 0 < Decimal(cell) < 10**6 or pytest.fail(cell),
        "count": int,
    }
    for name, table in contract().items():
        rows = sound[name]
        assert list(rows[0]) == [column.name for column in table.columns]
        for column in table.columns:
            values = [row[column.name] for row in rows]
            assert all(values) or not column.required, (name, column.name)
            for value in filter(None, values):
                readers.get(column.type, str)(value)
        keys = [tuple(row[c.name] for c in table.columns if c.key) for row in rows]
        assert len(set(keys)) == len(keys) or name == "marketing_spend", name


def test_simulated_dates_fit_the_real_orders(sound: dict[str, list[dict[str, str]]]):
    """Members register, enrol, buy, leave in this order; nothing lasts beyond the last real day."""
    bought: dict[str, list[str]] = {}
    for row in sound["orders"]:
        bought.setdefault(row["member_id"], []).append(row["ordered_at"][:10])
    joined = {}
    for row in sound["members"]:
        moments = [row[name] for name in ("registered_at", "joined_at", "closed_at") if row[name]]
        assert moments == sorted(moments), row
        own = bought.get(row["member_id"], [])
        assert not own or row["registered_at"][:10] <= min(own), row
        assert not own or not row["closed_at"] or row["closed_at"][:10] >= max(own), row
        joined[row["member_id"]] = row["joined_at"]
    real = {member for member in bought if member and not member.startswith("sim-")}
    early = sum(joined.get(member, "")[:10] <= min(bought[member]) for member in real)
    assert 0.8 < early / len(real) < 1, "most, not all, enrol by their first order"
    assert 0.03 < len(real - set(joined)) / len(real) < 0.05, "some have no profile"
    assert 0.03 < sum(not joined[m] for m in real & set(joined)) / len(real) < 0.07
    for name, table in contract().items():
        for column in table.columns:
            if column.type in ("timestamp", "date") and column.name != "updated_at":
                assert max(row[column.name] for row in sound[name])[:10] <= str(LAST), name


def test_bad_rows_come_on_top(demo: Path, sound: dict[str, list[dict[str, str]]]):
    """The good rows are all there, in their order; what is added stays far below the limit."""
    readme = (demo / "README.md").read_text("utf-8")
    for name, rows in sound.items():
        every = read(demo / f"{name}.csv")
        left = iter(every)
        assert all(row in left for row in rows), name
        added = len(every) - len(rows)
        assert added == 2 if name == "erasures" else 0.009 < added / len(every) < 0.025, name
        assert f"| `{name}` | {len(every):,} | {added:,} |" in readme


def test_simulation_refuses_what_would_hurt(tmp_path: Path, capsys):
    """A folder of somebody else's stays; a share that no build accepts is refused by name."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "orders.csv").write_text("keep")
    words = ["--real", str(CDNOW / "raw"), "--seed", "1", "--out"]
    assert simulate.main([*words, str(tmp_path / "mine")]) == 2
    assert "exists and is not simulated data" in capsys.readouterr().err
    assert (tmp_path / "mine" / "orders.csv").read_text() == "keep"
    assert (
        simulate.main(["--real", str(tmp_path), "--seed", "1", "--out", str(tmp_path / "o")]) == 2
    )
    assert "orders.csv.gz" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        simulate.main([*words, str(tmp_path / "o"), "--share-bad", "0.05"])
    assert "--share-bad is a share from 0 to 0.04" in capsys.readouterr().err


def test_simulation_replaces_its_own_output(tmp_path: Path, demo: Path):
    """Run again on its own folder it leaves the new data there and nothing beside it."""
    out = tmp_path / "raw"
    out.mkdir()
    (out / "README.md").write_text(simulate.MARK)
    (out / "old.csv").write_text("old")
    simulate.write(CDNOW / "raw", out, 1, 0.01)
    assert sorted(p.name for p in out.iterdir()) == sorted(p.name for p in demo.iterdir())
    assert list(tmp_path.iterdir()) == [out]


def test_demo_fills_every_mart(demo: Path, warehouse):
    """The demo shows every stage, segment, class, quadrant, referral status and reject reason."""
    assert load_raw.main([str(demo), "--db", str(warehouse.path)]) == 0
    warehouse.build().check()
    for mart in sorted((PROJECT / "models" / "marts").rglob("*.sql")):
        if mart.parent.name != "evidence":  # made on demand: test_backtest.py
            assert warehouse.rows(mart.stem)[1], f"{mart.stem} is empty"
    last = f"snapshot_date = date '{LAST}'"
    whole = f"{last} and score_partition = 'all'"
    expected = {
        "select distinct lifecycle_stage from marts.fct_lifecycle_snapshots where " + last: (
            "latent development growth stable dormant churned"
        ),
        "select distinct aipl_stage from marts.fct_aipl_stages where " + last: (
            "awareness interest purchase loyalty"
        ),
        "select distinct quadrant from marts.fct_member_quadrants where " + last: "A B C D",
        "select distinct rfm_value_class from marts.fct_rfm_scores where " + whole: (
            "important_value important_develop important_keep important_winback general_value "
            "general_develop general_keep general_winback none"
        ),
        "select distinct status from marts.fct_referrals": (
            "self_referral unknown_referrer referee_not_joined referee_already_member "
            "referrer_not_member outside_attribution_window not_first_touch accepted"
        ),
        "select distinct reason from marts.rejected_rows": (
            "erased_member missing_required bad_timestamp bad_number negative_amount "
            "discount_exceeds_gross unknown_status duplicate_superseded unknown_order "
            "missing_exchange_rate"
        ),
        "select distinct coalesce(invalid_reason, 'valid') from marts.fct_orders": (
            "valid pending cancelled guest void"
        ),
    }
    for query, values in expected.items():
        assert {row[0] for row in warehouse.query(query)} == set(values.split()), query
    segments = {
        row["rfm_segment"] for row in read(PROJECT / "seeds" / "rules" / "rfm_segments.csv")
    }
    query = "select distinct rfm_segment from marts.fct_rfm_scores where " + whole
    assert {row[0] for row in warehouse.query(query)} == segments
    query = "select count(*), sum(net_before_refund) from marts.fct_orders"
    assert warehouse.query(query + " where order_id like 'cdnow-%'") == [
        (69_659, Decimal("2500315.63"))
    ]


# Online Retail.


def lines(*rows: tuple) -> list[adapt.Line]:
    """Invoice lines from (invoice, article, quantity, minute, price, customer)."""
    return [
        adapt.Line(
            invoice,
            code,
            code.lower(),
            quantity,
            datetime(2011, 1, 1, 9, minute),
            Decimal(price),
            customer,
            "France",
        )
        for invoice, code, quantity, minute, price, customer in rows
    ]


def test_adapter_sorts_each_kind_of_line():
    """Orders, guests, copies, fees, free lines and returns each go to their place."""
    given = lines(
        ("1", "10001", 2, 5, "3.50", 7),
        ("1", "10002", 1, 4, "1.00", 7),
        ("1", "10002", 1, 4, "1.00", 7),
        ("2", "10001", 1, 9, "2.25", None),
        ("2", "POST", 1, 9, "18.00", None),
        ("3", "m", 1, 9, "9.00", 7),
        ("3", "gift_0001_20", 1, 9, "20.00", 7),
        ("4", "10001", -40, 9, "0.00", None),
        ("C5", "10002", -1, 20, "1.00", 7),
        ("C6", "10001", -1, 20, "2.25", None),
        ("C7", "10009", -1, 20, "5.00", 7),
    )
    result = adapt.adapt(given)
    assert {o.order_id: (o.member_id, o.gross_amount) for o in result.orders.values()} == {
        "1": ("7", Decimal("8.00")),
        "2": ("", Decimal("2.25")),
    }
    assert result.orders["1"].ordered_at == datetime(2011, 1, 1, 9, 4)
    assert [tuple(vars(r).values()) for r in result.refunds.values()] == [
        ("C5-1", "1", datetime(2011, 1, 1, 9, 20), Decimal("1.00"))
    ]
    assert {place: (result.lines[place], result.amounts[place]) for place in result.lines} == {
        adapt.ORDER: (3, Decimal("10.25")),
        adapt.IDENTICAL: (1, Decimal("1.00")),
        adapt.NOT_SOLD: (3, Decimal("47.00")),
        adapt.NO_PRICE: (1, Decimal("0.00")),
        adapt.REFUND: (1, Decimal("-1.00")),
        adapt.NOBODY: (1, Decimal("-2.25")),
        adapt.UNMATCHED: (1, Decimal("-5.00")),
    }
    account = adapt.reconcile(result, given)
    assert "| the file | 11 | 50.000 |" in account
    assert "2 orders of 1 members and 1 guests;" in account


def test_adapter_matches_returns_as_documented():
    """Same price first, then newest first; earlier purchases only; never more than was bought."""
    given = lines(
        ("1", "10001", 5, 1, "2.00", 7),
        ("2", "10001", 5, 2, "3.00", 7),
        ("3", "10001", 5, 3, "2.00", 7),
        ("4", "10001", 5, 4, "2.00", 8),
        ("9", "10001", 5, 30, "2.00", 7),
        ("C1", "10001", -7, 10, "2.00", 7),
        ("C2", "10001", -5, 11, "2.00", 7),
        ("C3", "10001", -9, 12, "3.00", 7),
        ("C4", "10001", -1, 13, "2.00", 7),
    )
    result = adapt.adapt(given)
    refunds = {(r.refund_id, r.order_id): r.refund_amount for r in result.refunds.values()}
    assert refunds == {
        ("C1-3", "3"): Decimal("10.00"),
        ("C1-1", "1"): Decimal("4.00"),
        ("C2-1", "1"): Decimal("6.00"),
        ("C2-2", "2"): Decimal("4.00"),
        ("C3-2", "2"): Decimal("9.00"),
    }
    assert result.amounts[adapt.EXCESS] == Decimal("-18.00")
    assert (result.lines[adapt.UNMATCHED], result.amounts[adapt.UNMATCHED]) == (1, Decimal("-2.00"))
    adapt.reconcile(result, given)


def test_adapter_refuses_what_does_not_reconcile():
    """A penny or a line that is nowhere stops it, and so does an invoice of two customers."""
    given = lines(("1", "10001", 2, 5, "3.50", 7), ("C2", "10001", -1, 6, "3.50", 7))
    spoilers = {
        "lines": lambda r: r.lines.update({adapt.NOBODY: 1}),
        "amounts": lambda r: r.amounts.update({adapt.NOBODY: Decimal("0.01")}),
        "orders": lambda r: setattr(r.orders["1"], "gross_amount", Decimal("7.01")),
        "refunds": lambda r: r.refunds.clear(),
    }
    for name, spoil in spoilers.items():
        result = adapt.adapt(given)
        spoil(result)
        with pytest.raises(ValueError, match=f"{name} do not reconcile"):
            adapt.reconcile(result, given)
    with pytest.raises(ValueError, match="invoice 1 has two customers"):
        adapt.adapt(lines(("1", "10001", 2, 5, "3.50", 7), ("1", "10002", 2, 5, "3.50", 8)))


def test_online_retail_reconciles_into_the_marts(tmp_path: Path, warehouse):
    """The whole file: the account equals SQL on the file, the page, and the marts to the cent."""
    parquet = shared("online_retail_2010_2011.parquet")
    adapt.main(parquet, tmp_path / "raw")
    account = (tmp_path / "raw" / "reconciliation.md").read_text("utf-8")
    for line in account.splitlines():
        assert line in PAGE.read_text("utf-8").splitlines()
    total, copies, sold = duckdb.execute(
        """
        with lines as (select *, unit_price::decimal(18, 3) as price from read_parquet(?)),
        single as (select distinct * from lines)
        select
            (select sum(quantity * price) from lines),
            (select count(*) from lines) - (select count(*) from single),
            sum(quantity * price) filter (quantity > 0 and price > 0 and (
                stock_code ~ '^[0-9]{5}.*' or stock_code ~ '^(DCGS|PADS).*'
            ))
        from single
        """,
        [parquet],
    ).fetchone()
    assert f"| the file | 541,909 | {total:,.3f} |" in account
    assert f"| {adapt.IDENTICAL} | {copies:,} | 21,740.980 |" in account
    assert f"| {adapt.ORDER} | 522,540 | {sold:,.3f} |" in account
    assert load_raw.main([str(tmp_path / "raw"), "--db", str(warehouse.path)]) == 0
    given = {"reporting_currency": "GBP", "business_timezone": "Europe/London"}
    given["score_partitions"] = ["country"]
    warehouse.build(vars=given, parsed_with={}).check()
    sums = warehouse.query("select sum(gross_amount), sum(refund_amount) from marts.fct_orders")
    assert sums == [(Decimal("10247219.32"), Decimal("447903.39"))]
    assert warehouse.query("select count(*) from marts.rejected_rows") == [(0,)]
    partitions = {
        row[0]
        for row in warehouse.query("select distinct score_partition from marts.fct_rfm_scores")
    }
    assert {"all", "country=United Kingdom", "country=France"} <= partitions


# The page.


def test_the_page_shows_the_contract():
    """The tables of the page are those of _sources.yml; scripts/_contract.py prints them anew."""
    assert PAGE.read_text("utf-8").endswith("## The contract\n\n" + markdown())


def test_the_page_names_every_table_and_reason():
    """No table of the contract is left out of the overview."""
    overview = PAGE.read_text("utf-8").split("## A worked example")[0]
    named = Counter(name for name in contract() if f"`{name}`" in overview)
    assert set(named) == set(contract())
