"""What a block of a dashboard shows of the rows of its query: figures, a table, a grid, a chart.

Each function takes the block of the page, the rows and the words of a language, and returns what
the template of the same name in dashboards/template reads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from _words import Row, Words, heat, ink

EPOCH = date(1970, 1, 1)
MILLISECONDS_OF_A_DAY = 86_400_000

# How the vertical axis shows numbers, where not as they are.
AXIS = {"share": ".1~%", "ratio": ".2~f", "fine": ".3~f", "decimal": ".2~f"}
# Formats of numbers, which stand to the right.
RIGHT = ("integer", "money", "share", "points", "decimal", "ratio", "fine")


def head_of(block: Mapping, rows: list[Row], words: Words) -> str:
    """What a block says above its figures, with values of its first row in it; mostly nothing."""
    return words.phrase(block["head"], rows[0]) if "head" in block else ""


def table(block: Mapping, rows: list[Row], words: Words) -> dict:
    """Rows as a table: cells with their format, a bar, a swatch or a sentence."""
    columns = []
    if "sort" in block:
        order = words.order(block.get("family", block["sort"]))
        place = {value: number for number, value in enumerate(order)}
        rows = sorted(rows, key=lambda row: place.get(row[block["sort"]], len(place)))
    for spec in block["columns"]:
        cells, name = [], spec.get("column", "")
        plain_form = spec.get("format", "text")
        right = plain_form in RIGHT
        longest = max((abs(row[name] or 0) for row in rows), default=0) if right else None
        for row in rows:
            family = row[spec["family"]] if "family" in spec else spec.get("swatch", "")
            form = f"label:{family}" if "family" in spec else plain_form
            cell = {
                "text": words.phrase(spec["say"], row)
                if "say" in spec
                else words.number(row[name], form, longest)
            }
            if family in words.config["families"]:
                cell["colour"] = words.colour(family, row[name])
            if "bar" in spec and longest:
                like = spec["bar"] if isinstance(spec["bar"], dict) else {}
                cell["bar"] = round(100 * float(max(row[name] or 0, 0)) / float(longest), 1)
                cell["colour"] = words.colour(like.get("family", ""), row.get(like.get("column")))
            if "link" in spec and row[name] is not None:
                cell["link"] = row[name]
            if spec.get("hint"):
                line = words.playbook.get((family, row[name]), {})
                cell["hint"] = line.get(f"definition_{words.language}")
            cells.append(cell)
        dates = any(isinstance(row.get(name), date) for row in rows)
        columns.append(
            {
                "label": words.say(spec["label"]),
                "cells": cells,
                "right": right,
                "kind": "right" if right else "date" if dates else "words" if "say" in spec else "",
            }
        )
    return {"columns": columns, "lines": range(len(rows)), "head": head_of(block, rows, words)}


def matrix(block: Mapping, rows: list[Row], words: Words) -> dict:
    """Rows as a grid of two dimensions; a cell is coloured by a figure or by a family."""

    def axis(spec: Mapping) -> list[tuple[object, str]]:
        values = {row[spec["column"]] for row in rows}
        if all(isinstance(value, int) for value in values):  # scores that nobody has, too
            values |= set(range(min(values), max(values)))
        found = (
            words.sorted(spec["family"], values)
            if "family" in spec
            else sorted(values, reverse=spec.get("order") == "descending")
        )
        text = words.say(spec["text"]) if "text" in spec else "{}"
        form = f"label:{spec['family']}" if "family" in spec else spec.get("format", "text")
        named = {"(none)": words.say(spec.get("none"))}
        after = {}
        if "beside" in spec:  # a figure that is the same along the line
            name, shape = spec["beside"]["column"], spec["beside"]["format"]
            after = {row[spec["column"]]: f" ({words.number(row[name], shape)})" for row in rows}
        return [
            (v, (named.get(v) or text.format(words.number(v, form))) + after.get(v, ""))
            for v in found
        ]

    down, across = block["down"], block["across"]
    cells = {(row[down["column"]], row[across["column"]]): row for row in rows}
    figure, scale = block.get("heat", {}).get("column"), block.get("heat", {}).get("scale")
    bend = (lambda value: math.sqrt(max(value, 0))) if scale == "root" else float
    most = max((bend(float(row[figure] or 0)) for row in rows), default=0) if figure else 0
    greatest = {
        part["column"]: max((abs(row[part["column"]] or 0) for row in rows), default=None)
        for part in block["cell"]
        if part["format"] == "money"
    }

    def cell(row: Row | None) -> dict:
        if row is None:
            return {"lines": ["–"], "empty": True}
        shown = {
            "lines": [
                words.number(row[part["column"]], part["format"], greatest.get(part["column"]))
                for part in block["cell"]
            ]
        }
        if figure and row[figure] is not None:
            shown["colour"] = heat(bend(float(row[figure])) / most if most else 0)
            shown["ink"] = ink(shown["colour"])
        if "paint" in block:
            shown["colour"] = words.colour(block["paint"]["family"], row[block["paint"]["column"]])
            shown["ink"] = ink(shown["colour"])
        if "faint" in block:
            shown["faint"] = not row[block["faint"]]
        return shown

    return {
        "corner": words.say(block.get("corner")),
        "heads": [text for _, text in axis(across)],
        "lines": [
            (text, [cell(cells.get((value, other))) for other, _ in axis(across)])
            for value, text in axis(down)
        ],
    }


def figures(block: Mapping, rows: list[Row], words: Words) -> dict:
    """Key figures of one row, each with the figure before and a note."""
    row, shown = rows[0], []
    for spec in block["figures"]:
        value, form = row[spec["column"]], spec.get("format", "text")
        before = row.get(spec.get("before"))
        note = words.phrase(spec["say"], row) if "say" in spec else words.say(spec.get("note"))
        figure = {"label": words.say(spec["label"]), "note": note, "name": spec["column"]}
        figure["value"] = words.number(value, form)
        if before is not None and value is not None:
            figure["trend"] = "▲" if value > before else "▼" if value < before else "■"
            figure["before"] = words.number(before, form)
        shown.append(figure)
    return {"figures": shown, "head": head_of(block, rows, words)}


def plain(value: object) -> object:
    """A value as JSON holds it."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def series_of(block: Mapping, rows: list[Row], words: Words) -> dict[object, tuple[str, str]]:
    """The series of a chart in order: value of the series column, or y column: name and colour."""
    series = block.get("series")
    if series is None:
        colours = [y.get("colour", place) for place, y in enumerate(block["y"])]  # or its place
        return {
            y["column"]: (
                words.say(y["label"]),
                colour if isinstance(colour, str) else words.colour("", None, colour),
            )
            for y, colour in zip(block["y"], colours)
        }
    values = {row[series["column"]] for row in rows}
    family = series.get("family", "")
    ordered = words.sorted(family, values) if family else sorted(values)
    form = f"label:{family}" if family else series.get("format", "text")
    steps = max(len(ordered) - 1, 1)
    return {
        value: (
            words.number(value, form),
            heat(0.4 + 0.6 * place / steps)
            if series.get("ramp")
            else words.colour(family, value, place),
        )
        for place, value in enumerate(ordered)
    }


def points(block: Mapping, rows: list[Row], words: Words, series: Mapping) -> list[dict]:
    """The points of a chart: where they are, how they are told, and their place in the stack."""
    found, x, by = [], block["x"], block.get("series")
    order = list(series)
    for y in block["y"]:
        for row in rows:
            if row[y["column"]] is None:
                continue
            of = row[by["column"]] if by else y["column"]
            told = words.number(row[x["column"]], x.get("format", "text"))
            point = {
                "x": told if x["kind"] == "names" else plain(row[x["column"]]),
                "told": told,
                "series": series[of][0],
                "value": plain(row[y["column"]]),
                "shown": words.number(row[y["column"]], y["format"]),
                "place": -order.index(of),
            }
            found.append(point | {end: plain(row[y[end]]) for end in ("low", "high") if end in y})
    return found


def horizontal(x: Mapping, data: list[dict], words: Words) -> dict:
    """The horizontal axis of a chart: of the dates in its data, of numbers or of names."""
    shown = {"grid": False, "labelOverlap": True, "labelSeparation": 6, "labelFlush": False}
    axis = {"field": "x", "title": words.say(x.get("label")) or None}
    if x["kind"] == "time":
        shown["format"] = "%Y-%m" if x.get("format") == "month" else "%Y-%m-%d"
        days = {date.fromisoformat(point["x"]) - EPOCH for point in data}
        shown["values"] = sorted(day.days * MILLISECONDS_OF_A_DAY for day in days)
        return axis | {"type": "temporal", "scale": {"type": "utc"}, "axis": shown}
    if x["kind"] == "numbers":
        shown |= {"tickMinStep": x.get("step", 0), "format": x.get("axis", "~f")}
        return axis | {"type": "quantitative", "axis": shown}
    return axis | {"type": "ordinal", "sort": None, "axis": shown | {"labelAngle": 0}}


def layers(block: Mapping, data: list[dict], encoding: dict) -> list[dict]:
    """The layers of a chart: its marks, a band behind a line, dashed levels."""
    kind = block["mark"]
    slim = {"size": 14} if block["x"]["kind"] == "numbers" else {}
    few = {"size": 26} if len({point["x"] for point in data}) < 10 else {}
    line = {"type": "line", "point": {"size": 28, "filled": True}, "strokeWidth": 2}
    marks = {
        "line": line,
        "band": line,
        "area": {"type": "area", "line": False, "opacity": 0.95},
        "bar": {"type": "bar"} | few | slim,
    }
    stacked = {"order": {"field": "place", "type": "quantitative"}} if kind == "area" else {}
    found = [{"mark": marks[kind], "encoding": encoding | stacked}]
    if kind == "band":
        ends = {"y": encoding["y"] | {"field": "low"}, "y2": {"field": "high"}}
        behind = {"x": encoding["x"], "color": encoding["color"]} | ends
        found.insert(0, {"mark": {"type": "area", "opacity": 0.18}, "encoding": behind})
    for level in block.get("levels", []):
        dashed = {"type": "rule", "strokeDash": [5, 4], "color": "#5b6675"}
        found.append({"mark": dashed, "encoding": {"y": {"datum": level}}})
    return found


def chart(block: Mapping, rows: list[Row], words: Words) -> dict:
    """Rows as a chart: a Vega-Lite specification, its legend, and the figures as a table."""
    series = series_of(block, rows, words)
    data, colours = points(block, rows, words, series), dict(series.values())
    across, y = words.say(block["x"].get("label")), block["y"][0]
    heads = [across, words.say(words.config["series_title"]), words.say(y["label"])]
    told = zip(("told", "series", "shown"), heads)
    encoding = {
        "x": horizontal(block["x"], data, words),
        "y": {
            "field": "value",
            "type": "quantitative",
            "title": None,
            "axis": {"format": AXIS.get(y["format"], ",~f"), "tickCount": 5},
            "scale": {"zero": block.get("zero", True)},
        },
        "color": {
            "field": "series",
            "type": "nominal",
            "legend": None,
            "scale": {"domain": list(colours), "range": list(colours.values())},
        },
        "tooltip": [{"field": f, "type": "nominal", "title": head or " "} for f, head in told],
    }
    spec = {
        "data": {"values": data},
        "width": "container",
        "height": block.get("height", 250),
        "autosize": {"type": "fit-x", "contains": "padding"},
        "layer": layers(block, data, encoding),
        "config": words.config["vega"],
    }
    legend = colours if len(colours) > 1 else {}
    return {"spec": spec, "legend": legend, "heads": heads, "data": data}


SHOWN = {"table": table, "matrix": matrix, "figures": figures, "chart": chart}
