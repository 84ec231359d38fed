"""What of a table's content stands in the files that git tracks."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from simworth.data.containers import as_csv

BETWEEN: Final = re.compile(rb"[\s\",;'`|<>]+")
VALUE: Final = re.compile(rb"-?\d+\.\d{9,}(?:[eE][-+]?\d+)?")
"""a number of so many digits is the table's own"""
LONG: Final = 24
"""characters of a structure that is hardly an example"""
FEW: Final = 3
"""cells that may stand in a file all the same: poly(ethylene terephthalate) belongs to everybody"""


def tracked(root: Path) -> list[Path]:
    """Files of the working tree that git tracks."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True)
    return [path for name in done.stdout.decode().split("\0") if (path := root / name).is_file()]


def telling(content: bytes) -> Iterator[bytes]:
    """Cells that tell a table from all others: long structures, and numbers with all their digits."""
    for cell in set(BETWEEN.split(content)):
        if VALUE.fullmatch(cell) or (len(cell) >= LONG and b"*" in cell):
            yield cell


def shared(root: Path, tables: Iterable[Path]) -> dict[str, set[bytes]]:
    """Tracked file -> what it holds of these tables, where that is more than a FEW cells."""
    cells = {cell for table in tables for cell in telling(as_csv(table))}
    assert cells, "the tables hold nothing that could be looked for"
    found = {str(path.relative_to(root)): cells & set(telling(path.read_bytes())) for path in tracked(root)}
    return {name: both for name, both in found.items() if len(both) > FEW}
