"""The shipped seeds hold what the specification says: total, unambiguous, complete, readable.

The data tests beside the seeds run on whatever a user has made of them. These tests guard the
files as shipped, and the pages that show them. They need neither dbt nor a database.
"""

import csv
import itertools
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
SEEDS = PROJECT / "seeds" / "rules"
DOCS = PROJECT / "docs"
NAMES = [
    "campaign_costs",
    "lifecycle_transitions",
    "loyalty_weights",
    "order_statuses",
    "rfm_segments",
    "score_thresholds",
    "segment_playbook",
]
BINS = 5

# Spec section 2, "Order", and section 4, "Lifecycle", as they stand there.
STATUS_SENTENCE = (
    "`successful` (successful, completed, complete, paid, shipped, delivered, fulfilled, closed), "
    "`pending` (pending, processing, created, on_hold, unpaid, approved, invoiced), `cancelled` "
    "(cancelled, canceled, failed, voided, unavailable, test)"
)
MOVES_SENTENCE = (
    "(none) → any but churned; latent → development, growth, stable, dormant; "
    "development → growth, stable, dormant; "
    "growth → stable, development (its only repurchase refunded), dormant; "
    "stable → growth, development (refund), dormant; dormant → growth, stable, churned; "
    "churned → growth, stable; any → (none)"
)
STAGES = ["latent", "development", "growth", "stable", "dormant", "churned"]


def read(name):
    """Return the rows of a shipped seed.

    Args:
        name: seed name without suffix.

    Returns:
        List of dicts, header name to cell text, in file order.
    """
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def table_rows(page):
    """Return the table rows of a documentation page.

    Args:
        page: path of the page below docs/.

    Returns:
        List of lists of cell texts without code marks.
    """
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in rows]


def matches(cell, boxes):
    """Return the segment boxes that hold a cell, lowest priority first.

    Args:
        cell: tuple of the recency, frequency and monetary score.
        boxes: rows of seed rfm_segments.

    Returns:
        List of those rows whose three inclusive ranges hold the cell.
    """
    held = [
        box
        for box in boxes
        if all(
            int(box[f"{axis}_from"]) <= score <= int(box[f"{axis}_to"])
            for axis, score in zip("rfm", cell, strict=True)
        )
    ]
    return sorted(held, key=lambda box: int(box["priority"]))


def legal_moves(sentence):
    """Read the spec's sentence on lifecycle moves.

    Args:
        sentence: clauses `from → to, to (remark)` parted by semicolons; `any` stands for each
            stage but the one itself.

    Returns:
        Set of (from_stage, to_stage).
    """
    moves = set()
    for clause in re.sub(r" \((?!none)[^)]*\)", "", sentence).split("; "):
        source, targets = clause.split(" → ")
        if targets == "any but churned":
            targets = ", ".join(stage for stage in STAGES if stage != "churned")
        sources = STAGES if source == "any" else [source]
        moves |= set(itertools.product(sources, targets.split(", ")))
    return moves


@pytest.fixture(scope="module")
def declared():
    """Seed name to its entry in the yml file."""
    text = (SEEDS / "_rules__seeds.yml").read_text(encoding="utf-8")
    return {seed["name"]: seed for seed in yaml.safe_load(text)["seeds"]}


def test_no_seed_is_forgotten(declared):
    """Each file is declared, each declared seed has a file, and this module knows them all."""
    assert sorted(path.stem for path in SEEDS.glob("*.csv")) == NAMES
    assert sorted(declared) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_file_form(name, declared):
    """UTF-8 without mark, line feeds only; header, yml columns and types agree, all described."""
    raw = (SEEDS / f"{name}.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    header = next(csv.reader(raw.decode("utf-8").splitlines()))
    assert [column["name"] for column in declared[name]["columns"]] == header
    assert list(declared[name]["config"]["column_types"]) == header
    assert declared[name]["description"].startswith("One row per ")
    assert all(column["description"].strip() for column in declared[name]["columns"])


@pytest.mark.parametrize("name", NAMES)
def test_cells_are_filled_and_trimmed(name):
    """No cell is blank, missing, surplus or padded, and no line occurs twice."""
    rows = read(name)
    for row in rows:
        assert None not in row and None not in row.values(), row
        assert all(cell and cell == cell.strip() for cell in row.values()), row
    assert max(Counter(tuple(row.values()) for row in rows).values(), default=1) == 1


def test_each_rfm_cell_has_one_segment():
    """Every cell lies in one box; the shipped boxes do not overlap, whatever the priority."""
    boxes = read("rfm_segments")
    held = {
        cell: [box["rfm_segment"] for box in matches(cell, boxes)]
        for cell in itertools.product(range(BINS + 1), repeat=3)
    }
    assert len(held) == 216
    assert {cell: names for cell, names in held.items() if len(names) != 1} == {}


def test_rfm_boxes_are_proper():
    """Ranges run upwards within 0 to 5 and priorities are unique."""
    boxes = read("rfm_segments")
    for box, axis in itertools.product(boxes, "rfm"):
        assert 0 <= int(box[f"{axis}_from"]) <= int(box[f"{axis}_to"]) <= BINS, box
    assert len({int(box["priority"]) for box in boxes}) == len(boxes)


def test_rfm_landmarks():
    """Corner cells get the segment that any marketer would expect."""
    boxes = read("rfm_segments")
    expected = {
        (5, 5, 5): "champions",
        (1, 5, 5): "cannot_lose_them",
        (1, 1, 1): "lost",
        (5, 1, 1): "new_customers",
        (0, 0, 0): "inactive",
    }
    assert {cell: matches(cell, boxes)[0]["rfm_segment"] for cell in expected} == expected


def test_better_recency_never_reads_worse():
    """With the other scores fixed, a more recent buyer is never moved to a colder group."""
    warmth = {
        "inactive": 0,
        "lost": 1,
        "hibernating": 2,
        "at_risk": 2,
        "cannot_lose_them": 2,
        "about_to_sleep": 3,
        "need_attention": 3,
        "promising": 4,
        "new_customers": 4,
        "potential_loyalists": 4,
        "loyal_customers": 4,
        "champions": 5,
    }
    boxes = read("rfm_segments")
    for f, m in itertools.product(range(BINS + 1), repeat=2):
        line = [warmth[matches((r, f, m), boxes)[0]["rfm_segment"]] for r in range(BINS + 1)]
        assert line == sorted(line), (f, m, line)


def test_playbook_covers_each_segment():
    """The playbook has exactly one row for each segment that the models can give."""
    labels = {
        "rfm_value_class": [
            *[
                f"{rank}_{move}"
                for rank in ("important", "general")
                for move in ("value", "develop", "keep", "winback")
            ],
            "none",
        ],
        "rfm_segment": {box["rfm_segment"] for box in read("rfm_segments")},
        "quadrant": "ABCD",
        "lifecycle": STAGES,
        "aipl": ["awareness", "interest", "purchase", "loyalty"],
        "loyalty_band": ["none", "low", "medium", "high"],
    }
    expected = Counter((family, segment) for family in labels for segment in labels[family])
    rows = read("segment_playbook")
    assert Counter((row["segment_family"], row["segment"]) for row in rows) == expected
    assert all(re.fullmatch("[A-D]|[a-z]+(_[a-z]+)*", row["segment"]) for row in rows)


def test_playbook_priorities_are_unique_numbers():
    """Two labels of a member never claim the same urgency, so that next_action is one thing."""
    priorities = [int(row["priority"]) for row in read("segment_playbook")]
    assert len(set(priorities)) == len(priorities)
    assert min(priorities) > 0


def test_playbook_says_where_when_and_what_for():
    """A channel, a pause and an aim for each; no paid contact where investing is to stop."""
    rows = {(row["segment_family"], row["segment"]): row for row in read("segment_playbook")}
    channels = {"app", "email", "phone", "push", "sms", "store", "none"}
    for row in rows.values():
        assert row["channel"] in channels, row
        assert 0 <= int(row["cooldown_days"]) <= 365, row
    measures = {"recency", "frequency", "monetary", "average_order_value", "referral", "loyalty"}
    assert {row["aim_measure"] for row in rows.values()} == measures
    assert rows["quadrant", "D"]["channel"] == "none"
    assert rows["quadrant", "A"]["channel"] == "phone"
    assert rows["lifecycle", "development"]["aim_measure"] == "frequency"
    assert rows["lifecycle", "dormant"]["aim_measure"] == "recency"


def test_playbook_speaks_both_languages():
    """Chinese columns hold Chinese, English ones do not; labels differ within a family."""
    rows = read("segment_playbook")
    for row in rows:
        for column, cell in row.items():
            has_chinese = re.search("[\u4e00-\u9fff]", cell) is not None
            assert has_chinese == column.endswith("_zh"), (row["segment"], column)
    for language in ("en", "zh"):
        seen = Counter((row["segment_family"], row[f"label_{language}"]) for row in rows)
        assert max(seen.values()) == 1


def test_transitions_are_the_spec():
    """The legal moves are those of the spec's sentence; staying is not a move."""
    rows = [(row["from_stage"], row["to_stage"]) for row in read("lifecycle_transitions")]
    assert len(rows) == len(set(rows))
    assert set(rows) == legal_moves(MOVES_SENTENCE)
    assert all(source != target for source, target in rows)


def test_order_statuses_are_the_spec():
    """Each raw status of the spec's sentence, and no other, maps to the meaning given there."""
    expected = {
        raw: meaning
        for meaning, listed in re.findall(r"`(\w+)` \(([^)]*)\)", STATUS_SENTENCE)
        for raw in listed.split(", ")
    }
    rows = read("order_statuses")
    assert {row["raw_status"]: row["order_status"] for row in rows} == expected
    assert len(rows) == len(expected)
    assert all(row["raw_status"] == row["raw_status"].lower() for row in rows)


def test_shipped_weights_and_thresholds():
    """Frequency once, referral twice, from 1900 on; no threshold, so that quantiles rule."""
    rows = read("loyalty_weights")
    assert {(row["valid_from"], row["measure"]): row["weight"] for row in rows} == {
        ("1900-01-01", "frequency"): "1",
        ("1900-01-01", "referral"): "2",
        ("1900-01-01", "average_order_value"): "0",
        ("1900-01-01", "full_price"): "0",
    }
    assert read("score_thresholds") == []


def test_pages_show_the_labels_of_the_playbook():
    """The page of each family has a row for each segment, with its labels in both languages."""
    for row in read("segment_playbook"):
        page = row["segment_family"].removesuffix("_band")
        shown = [cells[:3] for cells in table_rows(f"segments/{page}.md")]
        assert [row["segment"], row["label_en"], row["label_zh"]] in shown


def test_page_shows_the_shipped_rfm_boxes():
    """The table of boxes in the RFM segment page is the seed, in some order."""

    def ends(shown):
        return (0, BINS) if shown == "any" else (int(shown[0]), int(shown[-1]))

    shown = []
    for cells in table_rows("segments/rfm_segment.md"):
        if len(cells) == 6 and re.fullmatch("any|[0-5](–[0-5])?", cells[3]):
            name = cells[0] or shown[-1][0]
            shown.append((name, *(end for cell in cells[3:] for end in ends(cell))))
    columns = ["r_from", "r_to", "f_from", "f_to", "m_from", "m_to"]
    seed = [
        (box["rfm_segment"], *(int(box[column]) for column in columns))
        for box in read("rfm_segments")
    ]
    assert sorted(shown) == sorted(seed)


def test_pages_count_right():
    """The numbers of moves, boxes and names that the pages state are those of the seeds."""
    lifecycle = (DOCS / "segments" / "lifecycle.md").read_text(encoding="utf-8")
    assert f"lists {len(read('lifecycle_transitions'))} moves" in lifecycle
    boxes = read("rfm_segments")
    names = {box["rfm_segment"] for box in boxes}
    decisions = (DOCS / "decisions.md").read_text(encoding="utf-8")
    assert f"{len(boxes)} boxes, {len(names)} names" in decisions
