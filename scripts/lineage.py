"""Trace each column of the marts back to the raw tables and seeds (make docs).

Usage: lineage.py [--manifest FILE] [--to DIR]

Reads the project as `dbt compile --full-refresh` has left it in target/manifest.json, lets sqlglot
follow each column through the SQL of each model, and writes to DIR (target)

    column_lineage.csv   mart, column, and a raw table's or seed's column that its values come from
    column_lineage.html  one page: the same with descriptions, and the columns passed on the way

A column comes from all columns that its value is computed from, those of a `case` or a window
included. What a join or filter only compares is not followed: it decides which rows there are.
"""

from __future__ import annotations

import argparse
import csv
import html
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

from _contract import ROOT
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.schema import MappingSchema

DIALECT = "duckdb"
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin-bottom: 2.5rem }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0;
         border-top: 1px solid #ddd }
th:first-child, td:first-child { width: 15rem }
td:nth-child(2) { width: 28rem; color: #444 }
code { font-size: .92em } .seed { color: #86510b } summary { cursor: pointer; color: #666 }
nav { columns: 3; margin: 1rem 0 2rem } input { font: inherit; width: 24rem; padding: .3rem .5rem }
"""
FILTER = """
document.querySelector("input").addEventListener("input", (event) => {
  const word = event.target.value.toLowerCase();
  for (const row of document.querySelectorAll("tbody tr"))
    row.hidden = !row.textContent.toLowerCase().includes(word);
});
"""


class LineageError(Exception):
    """One line for the user."""


class Column(NamedTuple):
    """A column of a relation, which is `schema.name`."""

    relation: str
    name: str


@dataclass
class Lineage:
    """Where columns come from.

    comes_from: for each column of a model those of other relations that it is computed from.
    ends: relations that nothing is followed beyond, and their kind: raw or seed.
    nodes: models by relation, as dbt describes them.
    """

    comes_from: dict[Column, set[Column]]
    ends: dict[str, str]
    nodes: dict[str, dict]

    def passed(self, column: Column) -> list[Column]:
        """All columns that a column comes from, nearest first."""
        found, todo = {}, [column]
        while todo:
            todo = sorted(
                {up for one in todo for up in self.comes_from.get(one, ()) if up not in found}
            )
            found |= dict.fromkeys(todo)
        return [one for one in found if one != column]

    def origins(self, column: Column) -> list[Column]:
        """The columns of raw tables and seeds that a column comes from."""
        return sorted(one for one in self.passed(column) if one.relation in self.ends)

    def marts(self) -> Iterator[tuple[str, dict, list[Column]]]:
        """Each mart, as dbt describes it, and its columns."""
        for relation, node in sorted(self.nodes.items()):
            if node["fqn"][1] == "marts":
                yield (
                    node["name"],
                    node,
                    [one for one in self.comes_from if one.relation == relation],
                )


def relation_of(table: exp.Table) -> str:
    """A table's name as lineage knows it."""
    return f"{table.db}.{table.name}"


def trace(manifest: dict) -> Lineage:
    """Follows the columns of all models of a project.

    Args:
        manifest: dbt's manifest, models compiled.

    Errors: a model that is not compiled, or whose columns cannot be followed.
    """
    sources, nodes = manifest["sources"], manifest["nodes"]
    models = {key: node for key, node in nodes.items() if node["resource_type"] == "model"}
    found = Lineage({}, {}, {})
    schema = MappingSchema(dialect=DIALECT)
    for node in (*sources.values(), *nodes.values()):
        if node["resource_type"] in ("source", "seed"):
            table = exp.to_table(node["relation_name"], dialect=DIALECT)
            schema.add_table(table, dict.fromkeys(node["columns"], "text"))
            kind = "seed" if node["resource_type"] == "seed" else "raw"
            found.ends[relation_of(table)] = kind
    order = TopologicalSorter(
        {key: [up for up in node["depends_on"]["nodes"] if up in models]
         for key, node in models.items()}
    )  # fmt: skip
    for key in order.static_order():
        node = models[key]
        table = exp.to_table(node["relation_name"], dialect=DIALECT)
        if node["columns"]:  # a model may read itself, as an earlier build has left it
            schema.add_table(table, dict.fromkeys(node["columns"], "text"))
        if not node.get("compiled_code"):
            raise LineageError(f"{node['name']} is not compiled; dbt compile --full-refresh")
        try:
            columns = lineage(
                None, node["compiled_code"], schema, dialect=DIALECT, trim_selects=False
            )
        except SqlglotError as error:
            raise LineageError(f"{node['name']}: {str(error).splitlines()[0]}") from None
        for name, traced in columns.items():
            found.comes_from[Column(relation_of(table), name)] = set(
                columns_of(traced, node, schema, found.ends)
            )
        schema.add_table(table, dict.fromkeys(columns, "text"))
        found.nodes[relation_of(table)] = node
    return found


def columns_of(
    traced: Node, model: dict, schema: MappingSchema, ends: dict[str, str]
) -> Iterator[Column]:
    """The columns of other relations at the ends of a column's way through a model's SQL. A raw
    table may have columns that the contract does not know.

    Errors: a column of nothing that is known.
    """
    for node in traced.walk():
        table = node.expression
        if node.downstream or not isinstance(table, exp.Table | exp.Placeholder):
            continue
        name = exp.to_column(node.name, dialect=DIALECT).name.lower()
        if isinstance(table, exp.Table):
            relation = relation_of(table)
            if ends.get(relation) == "raw" or name in schema.column_names(table):
                yield Column(relation, name)
                continue
            if not table.db:  # a table function
                continue
        raise LineageError(f"{model['name']}: {node.name} of {traced.name} is not known")


def write_csv(found: Lineage, path: Path) -> None:
    """One row per column of a mart and column that it comes from; one alone, empty, without any."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["mart", "column", "kind", "from_table", "from_column"])
        for mart, _, columns in found.marts():
            for column in columns:
                for end in found.origins(column) or [None]:
                    kind = [found.ends[end.relation], *end] if end else ["", "", ""]
                    rows.writerow([mart, column.name, *kind])


def page(found: Lineage) -> Iterator[str]:
    """The lines of the page."""
    marts = list(found.marts())
    yield "<!doctype html><html lang='en'><meta charset='utf-8'><title>Column lineage</title>"
    yield f"<style>{STYLE}</style><h1>Where the columns of the marts come from</h1>"
    yield (
        "<p>Values, not rows: what a join or filter only compares is not followed."
        " <span class='seed'>Seeds</span> are tables of rules.</p>"
        "<p><input type='search' placeholder='Show the rows that hold …'></p><nav>"
    )
    yield from (f"<div><a href='#{mart}'>{mart}</a></div>" for mart, _, _ in marts)
    yield "</nav>"
    for mart, node, columns in marts:
        yield f"<h2 id='{mart}'>{mart}</h2><p>{html.escape(node['description'])}</p>"
        yield "<table><thead><tr><th>column<th>what it is<th>comes from</thead><tbody>"
        for column in columns:
            about = node["columns"].get(column.name, {}).get("description", "")
            yield f"<tr><td><code>{column.name}</code><td>{html.escape(about)}<td>"
            yield (
                "<br>".join(map(in_html, grouped(found, column)))
                or "no column: rows counted, or a fixed word"
            )
            way = [one for one in found.passed(column) if one.relation not in found.ends]
            if way:
                steps = ", ".join(f"<code>{'.'.join(one)}</code>" for one in way)
                yield f"<details><summary>by way of {len(way)} columns</summary>{steps}</details>"
        yield "</tbody></table>"
    yield f"<script>{FILTER}</script></html>"


def grouped(found: Lineage, column: Column) -> list[tuple[str, str, list[str]]]:
    """The origins of a column by table: kind, table, columns."""
    tables: dict[str, list[str]] = {}
    for end in found.origins(column):
        tables.setdefault(end.relation, []).append(end.name)
    return [(found.ends[table], table, names) for table, names in tables.items()]


def in_html(origin: tuple[str, str, list[str]]) -> str:
    """A table and its columns."""
    kind, table, names = origin
    return f"<code class='{kind}'>{table}</code>: {', '.join(names)}"


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    target = ROOT / "target"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manifest", type=Path, default=target / "manifest.json", metavar="FILE")
    parser.add_argument("--to", type=Path, default=target, metavar="DIR")
    options = parser.parse_args(words)
    try:
        found = trace(json.loads(options.manifest.read_text("utf-8")))
        write_csv(found, options.to / "column_lineage.csv")
        text = "\n".join(page(found)) + "\n"
        (options.to / "column_lineage.html").write_text(text, "utf-8")
    except (LineageError, OSError) as error:
        print(f"lineage: {error}", file=sys.stderr)
        return 2
    print(f"Open {options.to / 'column_lineage.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
