"""Pages of docs/ that tests execute: their fenced code blocks, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True)
class Block:
    """A fenced code block."""

    language: str
    """python, sh, yaml, console ..."""
    file: str
    """file that the block shows, from a title on its fence (```python title="extensions/mine.py"), else ''"""
    text: str


def code_blocks(page: str) -> list[Block]:
    """Blocks of docs/<page>, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(r'^```(\w+)(?: title="([^"]+)")?[^\n]*\n(.*?)^```', text, re.M | re.S)
    return [Block(language, file, body) for language, file, body in found]


def write_files(page: str, folder: Path) -> list[Path]:
    """Write every block that shows a file below `folder`; the files written."""
    written = []
    for block in code_blocks(page):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            written.append(path)
    return written
