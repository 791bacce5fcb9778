"""An independent oracle of the marts: plain Python, written from the specification alone.

`build` recomputes every mart from raw text cells with dicts, loops and exact fractions. It shares
no code and no idea with the SQL models, so where the two differ, one of them is wrong.
`compare` says in words where two sets of marts differ.
"""

from .compare import compare
from .marts import build

__all__ = ["build", "compare"]
