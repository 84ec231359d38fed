"""Numbers and words for people."""

from __future__ import annotations

from typing import Any

import pytest
from fake_tables import Planted, planted, waiting

from simworth.valuation.entry import entry_of
from simworth.valuation.numbers import Estimate, count, figure, kept, span
from simworth.valuation.table import WIDTH, table_of_laws
from simworth.valuation.task import TaskValuation, value_task


@pytest.fixture(scope="module")
def table(valued: TaskValuation) -> str:
    held = waiting("heat_capacity", "J/(kg K)", "no measured heat_capacity in " + "a very long list of files " * 8)
    harm = planted(Planted(task="electrical_conductivity", unit="S/m", scale="log10", direct=0.02))
    found = [value_task(t.trials, t.predictions, t.summary, 0.9) for t in (harm, held)]
    return table_of_laws({"level": 0.9, "tasks": {v.task: entry_of(v) for v in (valued, *found)}})


def test_table_fits_a_terminal(table: str) -> None:
    assert max(len(line) for line in table.splitlines()) <= WIDTH
    assert table.isascii()


def test_table_says_what_happened(table: str, valued: TaskValuation) -> None:
    entry = entry_of(valued)
    assert "90 % intervals that cover the choice of measured materials" in table
    for number in (entry["direct_mae"], entry["mae_at_n_max"], entry["law"]["C"]["value"]):
        assert figure(number) in table
    assert "transfer lies below direct learning by" in table
    assert "the simulations do harm" in table
    assert "waiting: no measured heat_capacity" in table


def test_undecided_is_neither_below_nor_above(valued: TaskValuation) -> None:
    entry: dict[str, Any] = entry_of(valued)
    entry["direct_minus_transfer"] = {"value": -0.001, "low": -0.004, "high": 0.002}
    text = table_of_laws({"level": 0.9, "tasks": {"density": entry}})
    assert "not told apart from direct learning: transfer is above it by 0.00100 (interval -0.00200 to 0.00400)" in text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.03099, "0.0310"), (0.09996, "0.100"), (1.7e-11, "1.70e-11"), (0.0, "0"), (1234.5, "1,234"), (2.5, "2.50")],
)
def test_three_digits(number: float, text: str) -> None:
    assert figure(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(1060, "1,060"), (2621.9, "2,620"), (8999718.4, "9 million"), (0.2, "1"), (3e18, "over a trillion")],
)
def test_counts(number: float, text: str) -> None:
    assert count(number) == text


def test_open_intervals() -> None:
    assert span(0.1, None) == "above 0.100"
    assert span(None, 0.1) == "up to 0.100"
    assert span(None, None) == "unbounded"


def test_kept_numbers() -> None:
    assert kept(float("inf")) is None
    assert kept(-5e-301) == 0.0
    assert kept(1 / 3) == 0.333333
    with pytest.raises(ValueError):
        Estimate.of(float("nan"), 0, 1)
