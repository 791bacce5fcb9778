"""Look whether dbt can read the seed files at all, before it stops without naming one.

Usage: check_seeds.py [FOLDER ...]

dbt reads seeds as UTF-8 while it parses the project. A file that a spreadsheet has saved in another
encoding, or that is empty, ends in a traceback. What the cells may hold is checked by the macro
check_seed. Exit code 2 and one line on the error stream for each file that cannot be read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from _contract import ROOT


def problems(folder: Path) -> Iterator[str]:
    """One line for each seed below a folder that dbt cannot read."""
    for path in sorted(folder.rglob("*.csv")):
        content = path.read_bytes()
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            yield f"{path}: line {line} is not UTF-8; save it as CSV UTF-8"
            continue
        if not content.strip():
            yield f"{path}: empty; a seed needs its column names"


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command. Returns the exit code."""
    folders = [Path(word) for word in (sys.argv[1:] if words is None else words)]
    found = [line for folder in folders or [ROOT / "seeds"] for line in problems(folder)]
    for line in found:
        print(f"check_seeds: {line}", file=sys.stderr)
    return 2 if found else 0


if __name__ == "__main__":
    sys.exit(main())
