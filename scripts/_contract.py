"""The raw contract (spec §1) as Python data, read from its one home models/staging/_sources.yml.

Run as a program it prints the contract as the Markdown of docs/bring_your_own_data.md.
"""

import textwrap
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "models" / "staging" / "_sources.yml"


@dataclass(frozen=True)
class Column:
    """One column: how a cell is read is its meta.type; default stands in for an empty cell."""

    name: str
    description: str
    type: str
    required: bool
    key: bool
    default: str | None


@dataclass(frozen=True)
class Table:
    """One raw table: the column by which the newest version of a key wins, if any; its columns."""

    description: str
    newest_by: str | None
    columns: list[Column]


def contract() -> dict[str, Table]:
    """The raw tables by name (not by identifier, which is a var), all in contract order."""
    source = yaml.safe_load(SOURCES.read_text(encoding="utf-8"))["sources"][0]
    return {
        table["name"]: Table(
            description=table["description"],
            newest_by=table.get("config", {}).get("meta", {}).get("newest_by"),
            columns=[read_column(column) for column in table["columns"]],
        )
        for table in source["tables"]
    }


def read_column(column: dict) -> Column:
    """One column of the YAML file."""
    meta = column["config"]["meta"]
    return Column(
        name=column["name"],
        description=column["description"],
        type=meta["type"],
        required=meta.get("required", False),
        key=meta.get("key", False),
        default=meta.get("default"),
    )


def markdown() -> str:
    """A section for each table: its description and a table of its columns."""
    sections = []
    for name, table in contract().items():
        text = table.description
        if table.newest_by:
            text += f" The newest version of a key is told by `{table.newest_by}`."
        lines = [f"### `{name}`", "", *textwrap.wrap(text, 100), ""]
        lines.append("| column | read as | key, required | if empty | what it is |")
        lines.append("|---|---|---|---|---|")
        for column in table.columns:
            marks = ["key"] * column.key + ["required"] * column.required
            empty = f"`{column.default}`" if column.default else ""
            cells = [f"`{column.name}`", column.type, ", ".join(marks), empty, column.description]
            lines.append("| " + " | ".join(cells) + " |")
        sections.append("\n".join(lines))
    return "\n\n".join(sections) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
