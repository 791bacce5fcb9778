"""Dashboards: what the pages say, and how they behave in a real browser (docs/dashboards.md).

Pages are made of the published demo warehouse that `make test` builds first. Where there is no
browser the tests that need one are skipped; in CI, where .ci/run installs it, they are not.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import duckdb
import pytest
import yaml
from conftest import PROJECT
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

sys.path.insert(0, str(PROJECT / "scripts"))
import publish  # noqa: E402
from _words import LANGUAGES, Words, contrast, heat, ink, read  # noqa: E402

import dashboards  # noqa: E402

DEMO = PROJECT / "build" / "test" / "warehouse.duckdb"
PAGES = dashboards.PAGES
BACKTEST = ["agg_weight_backtest", "agg_backtest_deciles", "agg_weight_curves"]  # by make backtest
LATEST = "(select max(snapshot_date) from marts.{0})"


# ---------------------------------------------------------------------------------------------
# The published file, its pages, a browser


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo warehouse, published for these tests; it is built where make test has not."""
    if not DEMO.exists():
        command = ["make", "build", f"DB={DEMO}", "VARS={}", "FULL=1"]
        subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    folder = tmp_path_factory.mktemp("serving")
    publish.publish(DEMO, folder, with_parquet=False)
    return folder / "warehouse.duckdb"


@pytest.fixture(scope="session")
def pages(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all pages of the demo."""
    folder = tmp_path_factory.mktemp("pages")
    written = dashboards.render(published, folder, "en", [])
    assert len(written) == 2 * len(PAGES)
    return folder


@pytest.fixture(scope="session")
def marts(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file."""
    with duckdb.connect(str(published), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Chromium without a screen, with a record of its console and of what it asks for."""
    program = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if not (program and driver):
        message = "no chromium and chromedriver here (Debian: chromium chromium-driver)"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync",
        "force-prefers-reduced-motion", f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options, webdriver.ChromeService(driver))
    found.get("about:blank")
    asked_for(found)  # the browser's own first page
    yield found
    found.quit()


def opened(browser: webdriver.Chrome, address: str, wide: int = 1280) -> webdriver.Chrome:
    """The browser on a page, once all charts that can be seen are drawn."""
    browser.set_window_size(wide, 1000)
    asked_for(browser)
    browser.get(address)
    drawn(browser)
    return browser


def drawn(browser: webdriver.Chrome) -> None:
    """Waits until each chart that can be seen has a drawing."""
    WebDriverWait(browser, 60).until(
        lambda page: page.execute_script(
            "return [...document.querySelectorAll('.plot')].filter(p => p.clientWidth)"
            ".every(p => p.querySelector('svg.marks'))"
        )
    )


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the console has said since it was last looked at."""
    return [entry["message"] for entry in browser.get_log("browser")]


def asked_for(browser: webdriver.Chrome) -> set[str]:
    """Addresses that the browser has asked for since it was last looked at."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }


def shown_figures(browser: webdriver.Chrome) -> dict[str, str]:
    """The key figures that can be seen."""
    found = browser.find_elements(By.CSS_SELECTOR, "[data-figure]")
    return {f.get_attribute("data-figure"): f.text for f in found if f.is_displayed()}


def shown_cells(browser: webdriver.Chrome, block: str) -> list[list[str]]:
    """The texts of a table that can be seen, line by line."""
    return browser.execute_script(
        "const part = [...document.querySelectorAll(`#${arguments[0]} .variant`)]"
        ".find(p => !p.hidden);"
        "return [...part.querySelectorAll('tbody tr')].map("
        "tr => [...tr.children].map(td => td.innerText.trim().replaceAll('\\u00a0', ' ')));",
        block,
    )


def shown_points(browser: webdriver.Chrome, block: str) -> list[dict]:
    """The data of a chart that can be seen."""
    text = browser.execute_script(
        "return [...document.querySelectorAll(`#${arguments[0]} .variant`)]"
        ".find(p => !p.hidden).querySelector('script').textContent;",
        block,
    )
    return json.loads(text)["data"]["values"]


# ---------------------------------------------------------------------------------------------
# In the browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_renders_alone(pages, browser, language):
    """No complaint in the console, nothing asked for but the file, nothing wider than the page."""
    for name in PAGES:
        address = (pages / f"{name}.{language}.html").as_uri()
        for width in (1280, 420):
            opened(browser, address, width)
            assert complaints(browser) == [], (name, width)
            asked = {url for url in asked_for(browser) if not url.startswith("data:")}
            assert asked == {address}, (name, width)
            over = (
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert browser.execute_script(over) <= 0, (name, width)
        text = browser.find_element(By.TAG_NAME, "main").text
        assert not re.search(r"undefined|\bNaN\b|\bnull\b|Infinity|^None$", text, re.M), name
        assert ("会员" in text) == (language == "zh"), name
        links = browser.find_elements(By.CSS_SELECTOR, "header a")
        targets = [link.get_attribute("href") for link in links]
        assert all((pages / target.rsplit("/", 1)[1]).exists() for target in targets)


def test_key_figures_are_those_of_the_marts(pages, browser, marts):
    """Each key figure, compared with a query of its own."""
    opened(browser, (pages / "overview.en.html").as_uri())
    figures = shown_figures(browser)
    row = marts.execute(
        "select enrolled_members, active_members, net_sales, repurchase_rate, viral_coefficient"
        " from marts.agg_aarrr where period_grain = 'month' and channel = 'all' and is_complete"
        " order by period_start desc limit 1"
    ).fetchone()
    assert figures == {
        "enrolled_members": f"{row[0]:,}",
        "active_members": f"{row[1]:,}",
        "net_sales": f"{float(row[2]):,.0f}",
        "repurchase_rate": f"{float(row[3]) * 100:.1f} %",
        "viral_coefficient": f"{float(row[4]):.4f}",
    }
    opened(browser, (pages / "loyalty.en.html").as_uri())
    members, scored, referrers, referrals = marts.execute(
        "select count(*), count(*) filter (loyalty_score > 0),"
        " count(*) filter (referral_count > 0), sum(referral_count)"
        " from marts.fct_loyalty_scores where snapshot_date = "
        + LATEST.format("fct_loyalty_scores")
    ).fetchone()
    assert shown_figures(browser) == {
        "members": f"{members:,}",
        "scored_members": f"{scored:,}",
        "referrers": f"{referrers:,}",
        "referrals": f"{referrals:,}",
    }
    opened(browser, (pages / "lifecycle.en.html").as_uri())
    known, dormant, churned, woken = marts.execute(
        "select count(*),"
        " count(*) filter (lifecycle_stage = 'dormant' and stage_entered_on = snapshot_date),"
        " count(*) filter (lifecycle_stage = 'churned' and stage_entered_on = snapshot_date),"
        " count(*) filter (is_reactivation) from marts.fct_lifecycle_snapshots"
        " where snapshot_date = " + LATEST.format("fct_lifecycle_snapshots")
    ).fetchone()
    assert shown_figures(browser) == {
        "members": f"{known:,}",
        "newly_dormant": f"{dormant:,}",
        "newly_churned": f"{churned:,}",
        "reactivated": f"{woken:,}",
    }
    stages = [line[0].split("\n")[0] for line in shown_cells(browser, "stages-now")]
    assert stages == ["Latent", "Development", "Growth", "Stable", "Dormant", "Churned"]
    opened(browser, (pages / "quality.en.html").as_uri())
    (rejected,) = marts.execute("select count(*) from marts.rejected_rows").fetchone()
    assert shown_figures(browser)["rejected_rows"] == f"{rejected:,}"
    cells = [cell for line in shown_cells(browser, "rejected") for cell in line[1:]]
    assert sum(int(cell.replace(",", "")) for cell in cells if cell != "–") == rejected


def test_the_steps_say_of_which_month_they_are(pages, altered, browser, marts):
    """Each rate beside its numbers; activation of the newest month whose first days are over."""
    newest, registered, visitors = marts.execute(
        "select strftime(period_start, '%Y-%m'), registered_visitors, unique_visitors"
        " from marts.agg_aarrr where period_grain = 'month' and channel = 'all' and is_complete"
        " order by period_start desc limit 1"
    ).fetchone()
    month, activated, joined, rate = marts.execute(
        "select strftime(period_start, '%Y-%m'), activated_members, new_members, activation_rate"
        " from marts.agg_aarrr where period_grain = 'month' and channel = 'all'"
        " and activation_rate is not null order by period_start desc limit 1"
    ).fetchone()
    assert month < newest  # else the next lines tell nothing
    opened(browser, (pages / "growth.en.html").as_uri())
    assert f"Month {newest}" in browser.find_element(By.ID, "ladder").text
    steps = {line[0]: line[1:] for line in shown_cells(browser, "ladder")}
    assert steps["Registrations"][1] == (
        f"{registered / visitors:.1%}: {registered:,} of {visitors:,} visitors registered".replace(
            "%", " %"
        )
    )
    assert steps["Activated: bought soon after joining"] == [
        f"{activated:,}",
        f"{100 * rate:.1f} % of the {joined:,} who joined in {month}, the newest month to tell",
    ]
    for change, told in (
        ("activation_rate = null", "told when their first days are over"),
        ("activation_rate = 0.5, new_members = 8", "50.0 % of 8 new members"),
    ):
        file = altered(f"update marts.agg_aarrr set {change} where period_grain = 'month'")
        dashboards.render(file, file.parent, "en", [])
        opened(browser, (file.parent / "growth.en.html").as_uri())
        steps = {line[0]: line[1:] for line in shown_cells(browser, "ladder")}
        assert steps["Activated: bought soon after joining"][1] == told
    assert complaints(browser) == []


def test_the_repurchase_rate_is_drawn_once_a_year_can_be_seen(pages, browser, marts):
    """The first point is the first month that ends a year or more after the first order."""
    opened(browser, (pages / "overview.en.html").as_uri())
    months = marts.execute(
        "select strftime(period_start, '%Y-%m') from marts.agg_aarrr where period_grain = 'month'"
        " and channel = 'all' and date_diff('day', (select min(ordered_on) from marts.fct_orders),"
        " (period_start + interval 1 month)::date) >= 365 order by 1"
    ).fetchall()
    assert [point["told"] for point in shown_points(browser, "repurchase")] == [
        m for (m,) in months
    ]


def test_audiences_actions_and_campaigns(altered, browser):
    """Who is in an audience, what is due, and what a campaign brought beside its control group."""
    file = altered(
        "update marts.agg_campaign_lift set conversion_lift = 0.021,"
        " conversion_lift_lower = 0.0104,"
        " conversion_lift_upper = 0.0316, conversion_verdict = 'higher' where variant != 'control'"
        " and campaign_id = (select max(campaign_id) from marts.agg_campaign_lift)",
        "update marts.fct_next_actions set contact_from = snapshot_date + 1 where member_id in"
        " (select member_id from marts.fct_next_actions where segment = 'champions' limit 3)",
    )
    dashboards.render(file, file.parent, "en", [])
    opened(browser, (file.parent / "activation.en.html").as_uri())
    with duckdb.connect(str(file), read_only=True) as marts:
        members, consenting = marts.execute(
            "select count(distinct member_id), count(distinct case when has_consent then member_id"
            " end) from marts.fct_audience_members where exited_on is null"
        ).fetchone()
        due = marts.execute(
            "select count(*) from marts.fct_next_actions where contact_from = snapshot_date"
            " and channel <> 'none'"
        ).fetchone()[0]
        audiences = marts.execute(
            "select title || ' (' || audience || ')', count(*) filter (exited_on is null),"
            " count(*) filter (exited_on is null and entered_on = snapshot_date),"
            " count(exited_on), count(*) filter (exited_on is null and has_consent),"
            " count(*) filter (exited_on is null and is_control)"
            " from marts.fct_audience_members join marts.dim_audiences using (audience)"
            " group by all order by 2 desc"
        ).fetchall()
        champions = marts.execute(
            "select count(*) from marts.fct_next_actions where segment = 'champions'"
        ).fetchone()[0]
        treated = marts.execute(
            "select campaign_id, members, control_members, conversion_rate from"
            " marts.agg_campaign_lift where variant <> 'control' order by first_sent_on desc"
        ).fetchall()
        compared = dict(
            marts.execute(
                "select campaign_id, conversion_rate from marts.agg_campaign_lift"
                " where variant = 'control'"
            ).fetchall()
        )
    assert shown_figures(browser) == {
        "audience_members": f"{members:,}",
        "consenting_members": f"{consenting:,}",
        "due_members": f"{due:,}",
        "campaigns": f"{len(treated)}",
    }
    shown = [[line[0], *line[3:]] for line in shown_cells(browser, "audiences")]
    assert shown == [[name, *(f"{n:,}" for n in numbers)] for name, *numbers in audiences]
    actions = {line[0]: line[4:] for line in shown_cells(browser, "actions")}
    assert actions["Champions"] == [f"{champions:,}", f"{champions - 3:,}"]
    lines = shown_cells(browser, "campaigns")
    for line, (campaign, sent, held, rate) in zip(lines, treated, strict=True):
        assert [line[0], *line[3:7]] == [
            campaign, f"{sent:,}", f"{held:,}", f"{100 * rate:.1f} %",
            f"{100 * compared[campaign]:.1f} %",
        ]  # fmt: skip
    told = {line[0]: line[7:9] for line in lines}
    assert told[max(compared)] == ["2.1 (1.0 to 3.2)", "Higher"]
    assert {verdict for _, verdict in told.values()} > {"Higher"}
    assert complaints(browser) == []


def test_the_platform_filter(pages, browser, marts):
    """Another platform shows other figures, those of its partition, in each block."""
    opened(browser, (pages / "rfm.en.html").as_uri())
    chooser = Select(browser.find_element(By.CSS_SELECTOR, "select[data-filter=platform]"))
    assert chooser.first_selected_option.text == "All platforms"
    partitions = [option.get_attribute("value") for option in chooser.options]
    assert len(partitions) > 2
    for partition in (partitions[1], partitions[0]):
        chooser.select_by_value(partition)
        where = f"where snapshot_date = {LATEST.format('fct_rfm_scores')} and score_partition = ?"
        members, active, money = marts.execute(
            "select count(*), count(*) filter (r_score > 0), sum(monetary_amount)"
            f" from marts.fct_rfm_scores {where}",
            [partition],
        ).fetchone()
        figures = shown_figures(browser)
        assert figures["members"] == f"{members:,}"
        assert figures["active_members"] == f"{active:,}"
        assert figures["net_revenue"] == f"{float(money):,.0f}"
        cells = [cell for line in shown_cells(browser, "grid") for cell in line[1:]]
        counted = [int(cell.split("\n")[0].replace(",", "")) for cell in cells if cell != "–"]
        assert sum(counted) == members
        segments = shown_cells(browser, "segments")
        assert sum(int(line[1].replace(",", "")) for line in segments) == members
    assert complaints(browser) == []


def test_the_channel_filter_draws_hidden_charts(pages, browser):
    """A chart that could not be seen at first is drawn when its channel is chosen."""
    opened(browser, (pages / "growth.en.html").as_uri())
    chooser = Select(browser.find_element(By.CSS_SELECTOR, "select[data-filter=channel]"))
    chooser.select_by_index(2)
    drawn(browser)
    seen = browser.find_elements(By.CSS_SELECTOR, "#ltv .variant:not([hidden]) svg.marks")
    assert len(seen) == 1
    assert seen[0].size["width"] > 600
    assert complaints(browser) == []


# ---------------------------------------------------------------------------------------------
# The server


@pytest.fixture
def server(published: Path) -> Iterator[int]:
    """The port of a running server."""
    command = [
        sys.executable, "scripts/dashboards.py", "serve", "--to", str(published.parent),
        "--port", "0",
    ]  # fmt: skip
    running = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        yield int(re.search(r":(\d+)/", running.stdout.readline())[1])
    finally:
        running.terminate()
        running.wait()


def got(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
    """Status and text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Host": f"{host}:{port}"})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_the_server_shows_any_member(server, browser, marts):
    """The search finds a member; ids that are SQL or HTML are ids; others get nothing."""
    member, orders, cell = marts.execute(
        "select member_id, valid_orders, rfm_cell from marts.dim_members"
        " where quadrant = 'B' and valid_orders > 3 order by member_id limit 1"
    ).fetchone()
    opened(browser, f"http://127.0.0.1:{server}/member")
    box = browser.find_element(By.NAME, "member")
    box.send_keys(member)
    box.submit()
    WebDriverWait(browser, 60).until(lambda page: f"member={member}" in page.current_url)
    drawn(browser)
    figures = shown_figures(browser)
    assert (figures["member_id"], figures["valid_orders"]) == (member, f"{orders:,}")
    assert figures["rfm_cell"] == cell
    assert len(shown_cells(browser, "orders")) >= min(orders, 15)
    assert len(shown_cells(browser, "labels")) == 6
    told = marts.execute(
        "select rule_en from explain.member_explanations where member_id = ? and score_partition ="
        " 'all' and snapshot_date = (select max(snapshot_date) from marts.dim_members)"
        " order by step",
        [member],
    ).fetchall()
    assert [line[2] for line in shown_cells(browser, "explained")] == [rule for (rule,) in told]
    assert complaints(browser) == []
    hostile = "' or 1=1 --<script>throw 1</script>"
    opened(browser, f"http://127.0.0.1:{server}/member?{urlencode({'member': hostile})}")
    assert "There is no member of this id." in browser.find_element(By.ID, "key-figures").text
    assert complaints(browser) == []
    outside = {
        url for url in asked_for(browser) if not url.startswith(("data:", "http://127.0.0.1:"))
    }
    assert outside == set()


def test_the_server_keeps_to_itself(server):
    """Other names of this machine, other paths and other languages are refused."""
    assert got(server, "/rfm?labels=zh")[0] == 200
    assert got(server, "/overview", "evil.example")[0] == 403
    assert got(server, "/../config.yml")[0] == 404
    assert got(server, "/overview?labels=xx")[0] == 404


def test_the_server_shows_the_next_publication(published, tmp_path):
    """A page is asked anew from whatever file is there now."""
    file = tmp_path / "warehouse.duckdb"
    shutil.copy(published, file)
    first = dashboards.Published(file)
    before = first.rows("quality/key_figures", {})[0]["rejected_rows"]
    first.connection.close()
    other = tmp_path / "other.duckdb"
    shutil.copy(published, other)
    other.chmod(0o644)
    with duckdb.connect(str(other)) as connection:
        connection.execute("delete from marts.rejected_rows where reason = 'bad_number'")
    other.replace(file)
    second = dashboards.Published(file)
    assert second.rows("quality/key_figures", {})[0]["rejected_rows"] < before
    second.connection.close()


# ---------------------------------------------------------------------------------------------
# Without much data


@pytest.fixture(scope="module")
def altered(published: Path, tmp_path_factory: pytest.TempPathFactory):
    """A function that copies the published file and changes the copy."""

    def change(*statements: str) -> Path:
        file = tmp_path_factory.mktemp("altered") / "warehouse.duckdb"
        shutil.copy(published, file)
        file.chmod(0o644)
        with duckdb.connect(str(file)) as connection:
            for statement in statements:
                connection.execute(statement)
        return file

    return change


def test_an_empty_warehouse_is_told_in_words(altered, browser, marts):
    """Without any row each block says so, and nothing breaks."""
    tables = [
        name
        for (name,) in marts.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts'"
            " and not list_contains($1, table_name)",
            [[*BACKTEST, *publish.SEEDS]],
        ).fetchall()
    ]
    file = altered(
        *(f"delete from marts.{name}" for name in tables),
        *(f"drop table if exists marts.{name}" for name in BACKTEST),
    )
    folder = file.parent / "pages"
    dashboards.render(file, folder, "en", [])
    for name in PAGES:
        opened(browser, (folder / f"{name}.en.html").as_uri())
        assert complaints(browser) == [], name
        blocks = yaml.safe_load((PROJECT / f"dashboards/pages/{name}.yml").read_text("utf-8"))
        told = browser.find_elements(By.CLASS_NAME, "empty")
        full = {"freshness"}  # each kind of date has its line
        absent = {str(b["missing"]) for b in blocks["blocks"] if b.get("needs") in BACKTEST}
        spoken = [b for b in blocks["blocks"] if b["id"] not in full]
        spoken = [b for b in spoken if b.get("needs") not in BACKTEST]
        assert len(told) == len(spoken) + len(absent), name
    opened(browser, (folder / "evidence.en.html").as_uri())
    assert browser.find_element(By.TAG_NAME, "main").text.count("make backtest") == 1


def test_nested_scores_are_told_among_whom(altered, browser, marts):
    """Where scores are nested, no range is told that holds only for some recency score."""
    nested = [
        f"insert into marts.agg_score_bounds select snapshot_date, score_partition, '{measure}',"
        f" concat({within}), {score}, min(nullif({value}, 0)), max(nullif({value}, 0)), count(*),"
        " 'quintile' from marts.fct_rfm_scores group by all"
        for measure, within, score, value in (
            ("frequency", "'r', r_score", "f_score", "frequency"),
            ("monetary", "'r', r_score, 'f', f_score", "m_score", "monetary_amount"),
        )
    ]
    file = altered(
        "delete from marts.agg_score_bounds where measure in ('frequency', 'monetary')", *nested
    )
    dashboards.render(file, file.parent, "en", [])
    opened(browser, (file.parent / "rfm.en.html").as_uri())
    told = {line[0]: line[1:] for line in shown_cells(browser, "bounds")}
    assert "days ago" in told["5"][0]
    assert told["5"][1:] == [
        "depends on the score of recency",
        "depends on the scores of recency and frequency",
    ]
    assert told["0"][1:] == ["none in the window"] * 2
    opened(browser, (file.parent / "evidence.en.html").as_uri())
    measures = Select(browser.find_element(By.CSS_SELECTOR, "select[data-filter=measure]")).options
    assert {option.get_attribute("value") for option in measures} == {
        "recency", "average_order_value", "full_price", "referral", "loyalty"
    }  # fmt: skip
    opened(browser, (file.parent / "member.en.html").as_uri())
    member = shown_figures(browser)["member_id"]
    least, most = marts.execute(
        "select min(peer.frequency), max(peer.frequency) from marts.fct_rfm_scores as mine"
        " inner join marts.fct_rfm_scores as peer using (snapshot_date, score_partition, r_score,"
        " f_score) where mine.member_id = ? and score_partition = 'all' and f_score > 0"
        " and snapshot_date = " + LATEST.format("fct_rfm_scores"),
        [member],
    ).fetchone()
    lines = shown_cells(browser, "measures")
    assert len(lines) == 7
    assert [line[3] for line in lines if line[0] == "Frequency"] == [
        f"{least} to {most}" if least < most else f"{least}"
    ]
    assert complaints(browser) == []


def test_the_backtest_is_shown_where_it_has_run(altered, browser):
    """Two origins: their mean, their range, the gains, and a weight curve with its band."""
    backtest, deciles = [], []
    for origin, more in (("1998-01-31", 0), ("1998-03-31", 0.1)):
        for trait, force, auc, best in (
            ("referral", "true", 0.64 + more, 0.3),
            ("rfm", "false", 0.7 + more, 0.4),
            ("random", "false", 0.5, 0.1),
        ):
            key = f"'{origin}', 90, 'repurchase', '{trait}', 1"
            backtest.append(f"({key}, {force}, {auc}, {best * 10}, 0.2, 900, 90)")
            for decile in range(1, 11):
                gain = best + (1 - best) * (decile - 1) / 9
                deciles.append(f"({key}, {decile}, {force}, 90, 0, 1, 0.5, 0.1, 0.1, 1, {gain})")
    curve = [
        f"('repurchase', 'referral', {weight}, {weight == 2}, 2, {0.6 + weight / 100}, 0.01, 0, 0,"
        " false)"
        for weight in range(6)
    ]
    file = altered(
        "create or replace table marts.agg_weight_backtest (origin_date date, horizon_days int,"
        " outcome varchar, trait varchar, weight decimal(18, 4), is_in_force boolean,"
        " auc decimal(18, 6), lift_top_decile decimal(18, 6), spearman decimal(18, 6),"
        " members bigint, members_with_outcome bigint)",
        f"insert into marts.agg_weight_backtest values {', '.join(backtest)}",
        "create or replace table marts.agg_backtest_deciles (origin_date date, horizon_days int,"
        " outcome varchar, trait varchar, weight decimal(18, 4), decile int, is_in_force boolean,"
        " members decimal(18, 1), lowest_score decimal(18, 6), highest_score decimal(18, 6),"
        " mean_score decimal(18, 6), outcome_rate decimal(18, 6), mean_outcome decimal(18, 6),"
        " lift decimal(18, 6), gain decimal(18, 6))",
        f"insert into marts.agg_backtest_deciles values {', '.join(deciles)}",
        "create or replace table marts.agg_weight_curves (outcome varchar, trait varchar,"
        " weight decimal(18, 4), is_in_force boolean, origins int, mean_auc decimal(18, 6),"
        " auc_error decimal(18, 6), below_best decimal(18, 6), below_best_error decimal(18, 6),"
        " is_best boolean)",
        f"insert into marts.agg_weight_curves values {', '.join(curve)}",
    )
    dashboards.render(file, file.parent, "en", [])
    opened(browser, (file.parent / "evidence.en.html").as_uri())
    lines = shown_cells(browser, "baselines")
    assert [line[:4] for line in lines] == [
        ["R + F + M", "0.750", "0.700", "0.800"],
        ["Loyalty score, weights in force", "0.690", "0.640", "0.740"],
        ["Chance", "0.500", "0.500", "0.500"],
    ]
    tenth = {p["series"]: p["value"] for p in shown_points(browser, "gains") if p["x"] == 0.1}
    assert tenth == {
        "Loyalty score, weights in force": 0.3,
        "R + F + M": 0.4,
        "Chance": 0.1,
    }
    band = browser.find_elements(By.CSS_SELECTOR, "#weight-curve .mark-area path")
    assert len(band) == 1
    Select(browser.find_element(By.CSS_SELECTOR, "select[data-filter=outcome]")).select_by_index(1)
    assert "No origin could be judged" in browser.find_element(By.ID, "gains").text
    assert complaints(browser) == []


def test_explanations_go_along(altered, browser, tmp_path):
    """The view of explanations is published as a view on the marts beside it, and shown."""
    source, copy = tmp_path / "warehouse.duckdb", tmp_path / "copy.duckdb"
    query = (
        "select '07592' as member_id, max(snapshot_date) as snapshot_date, 'all' as"
        " score_partition, 1 as step, 'rfm_segment' as label, 'RFM segment' as label_en, 'RFM' as"
        " label_zh, 'champions' as value, 'Because.' as rule_en, 'Because.' as rule_zh"
        " from warehouse.marts.fct_lifecycle_snapshots"
    )
    with duckdb.connect(str(source)) as connection:
        connection.execute("create schema marts; create schema explain")
        connection.execute("create table marts.fct_lifecycle_snapshots (snapshot_date date)")
        connection.execute("insert into marts.fct_lifecycle_snapshots values ('1998-06-30')")
        connection.execute(f"create view explain.member_explanations as {query}")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{source}' (read_only); attach '{copy}' as {publish.TARGET}")
        connection.execute(f"create schema {publish.TARGET}.marts")
        table = "marts.fct_lifecycle_snapshots"
        connection.execute(f"create table {publish.TARGET}.{table} as from warehouse.{table}")
        publish.copy_explanations(connection, "warehouse")
        connection.execute(f"detach {publish.TARGET}")
    with duckdb.connect(str(copy), read_only=True) as connection:
        assert len(connection.execute("from explain.member_explanations").fetchall()) == 1
        view = connection.execute(
            "select sql from duckdb_views() where view_name = 'member_explanations'"
        ).fetchone()[0]
    file = altered(
        "create schema if not exists explain",
        "drop view if exists explain.member_explanations",
        view,
    )
    dashboards.render(file, file.parent, "en", ["07592"])
    opened(browser, (file.parent / "member.en.html").as_uri())
    assert shown_cells(browser, "explained") == [["RFM segment", "Champions", "Because."]]
    assert complaints(browser) == []


def test_ids_and_labels_cannot_break_a_page(altered):
    """Names that are HTML are shown as text, in cells and in the data of charts."""
    file = altered(
        "update marts.fct_lifecycle_snapshots set lifecycle_stage = '</script><b>x'"
        " where lifecycle_stage = 'stable'",
    )
    source = dashboards.Published(file)
    page = dashboards.page_html("lifecycle", "en", source)
    source.connection.close()
    assert "</script><b>x" not in page
    assert "&lt;/script&gt;&lt;b&gt;x" in page
    assert "\\u003c/script>\\u003cb>x" in page


# ---------------------------------------------------------------------------------------------
# What the pages are made of


@pytest.fixture(scope="module")
def config() -> dict:
    """dashboards/config.yml."""
    return yaml.safe_load((PROJECT / "dashboards/config.yml").read_text("utf-8"))


def test_every_segment_has_its_colour_and_its_name(config, published):
    """The config lists what the playbook lists, and each colour can be told from paper."""
    source = dashboards.Published(published)
    named: dict[str, set] = {}
    for row in source.rows("playbook", {}):
        named.setdefault(row["segment_family"], set()).add(row["segment"])
    source.connection.close()
    families = config["families"].items()
    listed = {family: {name for name, _ in entries} for family, entries in families}
    assert {family: listed[family] for family in named} == named
    for family, listed in config["families"].items():
        colours = [colour for _, colour in listed]
        assert len(set(colours)) == len(colours), family
    every = [c for listed in config["families"].values() for _, c in listed]
    for colour in [*every, *config["series"], config["other"]]:
        assert contrast(colour, "#ffffff") >= 3, colour
        assert contrast(ink(colour), colour) >= 4.5, colour
    for step in range(101):
        colour = heat(step / 100)
        assert contrast(ink(colour), colour) >= 4.5, step


def texts(found: object) -> Iterator[list]:
    """All pairs of texts in a page: lists of strings under a key that holds words."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key in ("title", "lead", "note", "label", "empty", "missing", "text", "corner"):
                yield value
            elif key == "texts":
                yield from value.values()
            else:
                yield from texts(value)
    elif isinstance(found, list):
        for value in found:
            yield from texts(value)


def test_every_text_is_in_both_languages(config):
    pairs = [pair for words in config["vocabulary"].values() for pair in words.values()]
    for name in PAGES:
        pairs += texts(read(f"pages/{name}.yml"))
    assert len(pairs) > 200
    for pair in pairs:
        one = isinstance(pair, str) and pair.startswith(("R ", "F "))  # axis of scores
        assert one or (len(pair) == 2 and all(isinstance(text, str) for text in pair)), pair


def test_every_cause_of_a_build_has_a_label(config):
    """All inputs that are compared, the other reasons to restate, and no other."""
    model = yaml.safe_load(
        (PROJECT / "models/intermediate/restatement/_restatement__models.yml").read_text("utf-8")
    )["models"][0]
    column = next(column for column in model["columns"] if column["name"] == "input")
    compared = column["data_tests"][1]["accepted_values"]["arguments"]["values"]
    others = {"first build", "full refresh", "nothing", "missing …", "var …", "interrupted build"}
    others |= {"interrupted build, persons", "interrupted build, other_orders"}
    causes = {"seed …" if name.startswith("seed ") else name for name in compared} | others
    assert set(config["vocabulary"]["input"]) == causes


def test_queries_read_marts_and_are_used(marts):
    """Each query is named by a page, and reads what is published and its own CTEs."""
    known = {name for (name,) in marts.execute("select table_name from duckdb_tables()").fetchall()}
    known |= {*BACKTEST, "member_explanations"}
    named = {"about", "playbook"}
    for name in PAGES:
        text = (PROJECT / f"dashboards/pages/{name}.yml").read_text("utf-8")
        named |= set(re.findall(r"sql: ([\w/]+)", text))
    folder = PROJECT / "dashboards/sql"
    files = {str(p.relative_to(folder).with_suffix("")): p for p in folder.rglob("*.sql")}
    assert set(files) == named
    for name, file in files.items():
        sql = re.sub(r"--.*", "", file.read_text("utf-8"))
        own = set(re.findall(r"(\w+) as \(", sql)) | {"outcomes"}
        for table in re.findall(r"\b(?:from|join)\s+(\w+)", sql):
            assert table in known | own, (name, table)


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (0, "money", "0"),
        (1234567, "integer", "1,234,567"),
        (-1234.5, "money", "−1,235"),
        (999.999, "money", "1,000.00"),
        (12.5, "money", "12.50"),
        (0.12345, "share", "12.3\u00a0%"),
        (0.0625, "ratio", "0.063"),
        (-0.0001, "decimal", "0.00"),
        (None, "integer", "–"),
        ("platform=web", "label:partition", "Web"),
        ("region=north", "label:partition", "region: north"),
        ("seed loyalty_weights", "label:input", "Seed loyalty_weights"),
        ("growth", "label:lifecycle", "Growth"),
        ("a segment of my own", "label:rfm_segment", "a segment of my own"),
        (2.50, "score", "2.5"),
    ],
)
def test_values_are_shown_as_people_read_them(value, form, shown):
    playbook = [
        {
            "segment_family": "lifecycle",
            "segment": "growth",
            "label_en": "Growth",
            "label_zh": "成长期",
        }
    ]
    assert Words("en", playbook).number(value, form) == shown


def test_a_missing_file_is_one_line(tmp_path):
    command = [sys.executable, "scripts/dashboards.py", "render", "--to", str(tmp_path)]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1 and "make publish" in ran.stderr
