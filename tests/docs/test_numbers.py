"""The numbers in README and tutorial are those of the valuation in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.refresh import PAGES, filled

from simworth.valuation.records import Valuation

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def valuation() -> Valuation:
    return Valuation.read(ROOT / "reports" / "valuation.json")


@pytest.mark.parametrize("page", PAGES)
def test_numbers_are_those_of_the_valuation(page: str, valuation: Valuation) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text == filled(text, valuation), "run: python docs/refresh.py"


def test_a_changed_number_is_noticed(valuation: Valuation) -> None:
    text = filled("<!-- laws -->\n<!-- end of laws -->", valuation)
    assert "| density |" in text
    assert text.replace("inconclusive", "scaling", 1) != filled(text.replace("inconclusive", "scaling", 1), valuation)
