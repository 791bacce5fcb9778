"""Texts, labels, numbers and colours of the dashboards, in English or Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import yaml

HOME = Path(__file__).resolve().parents[1] / "dashboards"
LANGUAGES = {"en": "English", "zh": "中文"}

Row = Mapping[str, object]
Text = list[str]


@cache
def read(name: str) -> dict:
    """A YAML file of dashboards/, by its path there."""
    return yaml.safe_load((HOME / name).read_text("utf-8"))


class Words:
    """Texts, labels, numbers and colours in one language."""

    def __init__(self, language: str, playbook: Iterable[Row]) -> None:
        self.language = language
        self.place = list(LANGUAGES).index(language)
        self.config = read("config.yml")
        self.playbook = {(row["segment_family"], row["segment"]): row for row in playbook}

    def say(self, text: Text | str | None) -> str:
        """The text in this language."""
        return text[self.place] if isinstance(text, list) else text or ""

    def label(self, family: str, value: object) -> str:
        """Name of a segment, stage or word of the vocabulary; the value itself without one."""
        if (family, value) in self.playbook:
            return str(self.playbook[family, value][f"label_{self.language}"])
        words = self.config["vocabulary"]
        text = words.get(family, {}).get(value) or words["any"].get(value)
        if text:
            return self.say(text)
        head, equals, tail = str(value).partition("=")  # such as platform=web
        if family == "partition" and equals:
            named = self.label(head, tail)
            return named if head == "platform" else f"{head}: {named}"
        head, _, tail = str(value).partition(" ")  # such as seed loyalty_weights
        text = words.get(family, {}).get(f"{head} …")
        return self.say(text).replace("…", tail) if text else str(value)

    def order(self, family: str) -> list[object]:
        """The values of a family as they are to be shown."""
        listed = self.config["families"].get(family)
        return [name for name, _ in listed] if listed else list(self.config["vocabulary"][family])

    def sorted(self, family: str, values: Iterable[object]) -> list[object]:
        """Values in the order of their family, those that it does not list at the end."""
        order = self.order(family)
        return sorted(
            set(values),
            key=lambda value: (order.index(value) if value in order else len(order), str(value)),
        )

    def colour(self, family: str, value: object, place: int = 0) -> str:
        """Colour of a value: that of its family, else the one of its place among the series."""
        listed = dict(self.config["families"].get(family, []))
        if listed:
            return listed.get(value, self.config["other"])
        series = self.config["series"]
        return series[place % len(series)]

    def number(self, value: object, form: str = "text", most: object = None) -> str:
        """A value as it is shown.

        Args:
            form: see the places below; `label:<family>` is a name, anything else the plain value.
            most: the greatest value beside it, where all are to have as many places.
        """
        if form.startswith("label:"):
            return self.label(form.removeprefix("label:"), value) if value is not None else "–"
        if value is None:
            return "–"
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M}"
        if isinstance(value, date):
            return f"{value:%Y-%m}" if form == "month" else f"{value:%Y-%m-%d}"
        places = {
            "integer": 0, "money": 0, "share": 1, "points": 1, "decimal": 2, "ratio": 3, "fine": 4
        }  # fmt: skip
        if form == "score":
            return f"{Decimal(str(value)).normalize():,f}"
        if form not in places:
            return str(value)
        number = Decimal(str(value)) * (100 if form in ("share", "points") else 1)
        if form == "money" and 0 < abs(number if most is None else Decimal(str(most))) < 1000:
            places["money"] = 2
        rounded = number.quantize(Decimal(1).scaleb(-places[form]), ROUND_HALF_UP)
        text = f"{rounded + 0:,}".replace("-", "−")
        return f"{text}\u00a0%" if form == "share" else text

    def phrase(self, spec: Mapping, row: Row) -> str:
        """A sentence with the row's values in it.

        Args:
            spec: `text` or, by the value of column `case`, `texts`; `formats` of its columns.
        """
        text = spec["texts"].get(row[spec["case"]]) if "case" in spec else spec["text"]
        forms = spec.get("formats", {})
        values = {name: self.number(cell, forms.get(name, "text")) for name, cell in row.items()}
        return self.say(text).format(**values) if text else "–"


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast of two colours (WCAG 2): 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink(background: str) -> str:
    """The better readable of black and white text on a colour: a contrast of 4.5 at least."""
    return max("#000000", "#ffffff", key=lambda text: contrast(text, background))


def heat(part: float) -> str:
    """Colour of the heat scale. Args: part - 0 to 1."""
    stops = read("config.yml")["heat"]
    first = min(int(part * (len(stops) - 1)), len(stops) - 2)
    way = part * (len(stops) - 1) - first
    ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in stops[first : first + 2]]
    return "#" + "".join(f"{round(a + (b - a) * way):02x}" for a, b in zip(*ends))
