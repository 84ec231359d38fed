"""The figures of the documentation are those that their script makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs.figures import FIGURES, FOLDER, make

pytestmark = pytest.mark.soak
PAGE = FOLDER.with_name("statistics.md")


def texts(figure: Path) -> list[str]:
    """All words and numbers of a figure, laws and verdicts among them."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", figure.read_text(encoding="utf-8"))


def test_they_are_made_of_this_package(tmp_path: Path) -> None:
    make(tmp_path)
    shown = re.findall(r"!\[[^\]]+\]\(figures/(\w+)\.svg\)", PAGE.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(FIGURES)
    for name in FIGURES:
        assert texts(tmp_path / f"{name}.svg") == texts(FOLDER / f"{name}.svg"), "run: python docs/figures.py"
