"""Dashboards of the published marts: pages of HTML that need no network, or a server on loopback.

Usage: dashboards.py render [DB] [--to DIR] [--out build/dashboards] [--labels en] [--member ID …]
       dashboards.py serve  [DB] [--to DIR] [--port 8350] [--labels en]

What is read is what scripts/publish.py has published of the warehouse DB into the folder DIR, never
the warehouse. A page is a file in dashboards/pages: its blocks name a query in dashboards/sql and
say how the rows are shown; parameters are bound. Order and colour of segments and stages stand in
dashboards/config.yml, their names in the seed segment_playbook. A text is a pair: English, Chinese.

`render` writes each page in both languages; index.html is the overview in the language of --labels.
`serve` asks the file anew for each page, so that it shows the newest build.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import duckdb
import jinja2
import vl_convert
from _blocks import SHOWN
from _sql import literal
from _warehouse import default_path
from _words import HOME, LANGUAGES, Words, read
from publish import place_of

PAGES = [
    "overview", "rfm", "loyalty", "lifecycle", "growth", "activation", "evidence", "quality",
    "member",
]  # fmt: skip
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@cache
def script() -> str:
    """Vega, Vega-Lite and vegaEmbed as one script that loads nothing else."""
    bundle = vl_convert.javascript_bundle().replace("</script", "<\\/script")
    return f"(() => {{{bundle}}})();"  # its names stay its own


class Published:
    """The published file: each query is asked once for the same parameters.

    Queries name tables without a schema.
    """

    def __init__(self, path: Path) -> None:
        self.connection = duckdb.connect(str(path), read_only=True)
        self.answers: dict[tuple, list[dict]] = {}
        relations = self.connection.execute(
            "select table_name, schema_name from duckdb_tables()"
            " union all select view_name, schema_name from duckdb_views() where not internal"
        ).fetchall()
        self.relations = dict(relations)
        if "dim_members" not in self.relations:
            raise duckdb.CatalogException(f"{path} holds no marts")
        marts = self.relations["dim_members"]
        schemas = {marts, self.relations.get("member_explanations", marts)}
        self.connection.execute(f"set search_path = {literal(','.join(schemas))}")

    def rows(self, query: str, parameters: Mapping[str, object]) -> list[dict]:
        """Rows of dashboards/sql/<query>.sql. Args: parameters - those that it names are bound."""
        sql = (HOME / "sql" / f"{query}.sql").read_text("utf-8")
        bound = {name: parameters[name] for name in set(re.findall(r"\$(\w+)", sql))}
        key = query, tuple(sorted(bound.items()))
        if key not in self.answers:
            cursor = self.connection.execute(sql, bound or None)
            names = [column[0] for column in cursor.description]
            self.answers[key] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return self.answers[key]


def variants(page: Mapping, source: Published, words: Words, asked: Mapping[str, list]) -> dict:
    """For each filter of a page the values that can be chosen, with their names."""
    found = {}
    for spec in page.get("filters", []):
        rows = source.rows(spec["sql"], {})
        family, kinds = spec.get("family", ""), {row["value"]: row.get("kind") for row in rows}
        values = asked.get(spec["name"], list(kinds))
        if spec.get("sorted"):
            values = words.sorted(family, values)
        found[spec["name"]] = [
            (
                v,
                f"{v} · {words.label(family, kinds[v])}"
                if kinds.get(v)
                else words.label(family, v),
            )
            for v in values
        ]
    return found


def filled(block: Mapping, source: Published, words: Words, choices: Mapping[str, list]) -> dict:
    """A block with what it shows, once for each value of the filter that it hangs on."""
    by = block.get("by", {})
    shown = {"kind": block["kind"], "id": block["id"], "width": block.get("width", "full")}
    shown |= {name: words.say(block.get(name)) for name in ("title", "note", "empty")}
    shown |= {"filter": by.get("filter"), "variants": []}
    if "needs" in block and block["needs"] not in source.relations:
        missing = {"variants": [], "empty": words.say(block.get("missing")), "filter": None}
        return shown | missing | {"missing": True}
    for value, _ in choices[by["filter"]] if by else [(None, "")]:
        rows = source.rows(block["sql"], {by["filter"]: value} if by else {})
        if "column" in by:
            rows = [row for row in rows if row[by["column"]] == value]
        view = SHOWN[block["kind"]](block, rows, words) if rows else None
        shown["variants"].append((value, view))
    return shown


def page_html(
    name: str,
    language: str,
    source: Published,
    asked: Mapping[str, list] | None = None,
    served: bool = False,
) -> str:
    """One page.

    Args:
        asked: values of filters instead of those that the page's own query lists.
        served: links and the search form lead to the server, not to files.
    """
    words = Words(language, source.rows("playbook", {}))
    page = read(f"pages/{name}.yml")
    choices = variants(page, source, words, asked or {})
    blocks, said = [], {""}
    for block in page["blocks"]:
        shown = filled(block, source, words, choices)
        if not (shown.get("missing") and shown["empty"] in said):  # what is missing is said once
            blocks.append(shown)
            said.add(shown["empty"])

    def address(other: str, tongue: str = language, **parameters: str) -> str:
        if not served:
            return f"{other}.{tongue}.html"
        return f"{other}?{urlencode({'labels': tongue, **parameters})}"

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HOME / "template"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        page=page,
        name=name,
        language=language,
        languages=LANGUAGES,
        say=words.say,
        config=words.config,
        titles={other: words.say(read(f"pages/{other}.yml")["title"]) for other in PAGES},
        filters=[
            {
                "name": spec["name"],
                "label": words.say(spec["label"]),
                "values": choices[spec["name"]],
                "search": served and bool(spec.get("search")),
                "at": spec.get("at"),
            }
            for spec in page.get("filters", [])
        ],
        blocks=blocks,
        about=source.rows("about", {})[0],
        number=words.number,
        address=address,
        served=served,
        style=(HOME / "template/style.css").read_text("utf-8"),
        behaviour=(HOME / "template/page.js").read_text("utf-8"),
        library=script(),
        dump=lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    )  # fmt: skip


def render(db: Path, out: Path, labels: str, members: list[str]) -> list[Path]:
    """Writes all pages in all languages; returns their files."""
    source, written = Published(db), []
    asked = {"member": members} if members else {}
    out.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        for name in PAGES:
            written.append(out / f"{name}.{language}.html")
            written[-1].write_text(page_html(name, language, source, asked), "utf-8")
    first = (out / f"{PAGES[0]}.{labels}.html").read_text("utf-8")
    (out / "index.html").write_text(first, "utf-8")
    return written


class Handler(BaseHTTPRequestHandler):
    """Answers GET for the pages, to browsers on this machine."""

    db: Path
    labels: str

    def do_GET(self) -> None:
        """Sends a page, asked anew from the published file."""
        address = urlsplit(self.path)
        given = {key: values[-1] for key, values in parse_qs(address.query).items()}
        name, language = address.path.strip("/") or PAGES[0], given.get("labels", self.labels)
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        if host not in LOOPBACK:  # a name of somebody else's that leads to this machine
            self.answer(403, "This server answers on 127.0.0.1 only.")
        elif name not in PAGES or language not in LANGUAGES:
            self.answer(404, "No such page.")
        else:
            asked = {"member": [given["member"]]} if given.get("member") else {}
            try:
                source = Published(self.db)
                with closing(source.connection):  # else the next one reads the old file, too
                    page = page_html(name, language, source, asked, served=True)
            except duckdb.Error as error:
                self.answer(503, f"{self.db}: {str(error).splitlines()[0]}")
                return
            self.answer(200, page, "text/html")

    def answer(self, status: int, text: str, kind: str = "text/plain") -> None:
        """Sends a text."""
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing: addresses hold member ids."""


def serve(db: Path, port: int, labels: str) -> None:
    """Serves until stopped."""
    handler = type("Bound", (Handler,), {"db": db, "labels": labels})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"Open http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)", flush=True)
        server.serve_forever()


def main() -> int:
    """Runs the command line and returns its exit code."""
    parser = argparse.ArgumentParser(description="Dashboards of the published marts.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("render", "serve"):
        command = commands.add_parser(name)
        command.add_argument("db", nargs="?", default=default_path(), type=Path)
        command.add_argument("--to", type=Path, metavar="DIR", help="default: serving beside DB")
        command.add_argument("--labels", default="en", choices=list(LANGUAGES))
        if name == "render":
            command.add_argument("--out", default="build/dashboards", type=Path, help="folder")
            command.add_argument("--member", action="append", default=[], help="whom to tell of")
        else:
            command.add_argument("--port", default=8350, type=int, help="0: any free one")
    options = parser.parse_args()
    file = place_of(options.db, options.to).database
    if not file.is_file():
        print(f"dashboards: {file} is no file; make publish writes it", file=sys.stderr)
        return 1
    try:
        if options.command == "serve":
            serve(file, options.port, options.labels)
        else:
            written = render(file, options.out, options.labels, options.member)
            print(f"{len(written)} pages. Open {options.out / 'index.html'}")
    except KeyboardInterrupt:
        return 0
    except (duckdb.Error, OSError) as error:
        print(f"dashboards: {file}: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
