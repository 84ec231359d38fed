"""Numbers and words for people."""

from __future__ import annotations

import pytest
from fake_tables import Planted, planted, value, waiting

from simworth.scaling import Estimate
from simworth.valuation.pieces import LawValues
from simworth.valuation.records import Fit, Valuation, Valued
from simworth.valuation.table import WIDTH, table_of_laws
from simworth.valuation.words import count, figure, needed, needed_span, parameter, parameter_span, span

INF = float("inf")


@pytest.fixture(scope="module")
def table(valued: Fit) -> str:
    held = waiting("heat_capacity", "J/(kg K)", "no measured heat_capacity in " + "a very long list of files " * 8)
    harm = planted(Planted(task="electrical_conductivity", unit="S/m", scale="log10", direct=0.02))
    found = [valued, value(harm), value(held)]
    return table_of_laws(Valuation(level=0.9, tasks={fit.task: fit.entry for fit in found}))


def test_table_fits_a_terminal(table: str) -> None:
    assert max(len(line) for line in table.splitlines()) <= WIDTH
    assert table.isascii()


def test_table_says_what_happened(table: str, valued: Fit) -> None:
    entry = valued.entry
    assert isinstance(entry, Valued) and entry.direct_mae is not None
    assert "90 % intervals that cover the choice of measured materials" in table
    for number in (entry.direct_mae, entry.mae_at_n_max):
        assert figure(number) in table
    words = " ".join(table.split())
    assert entry.verdict_reason in words and words.count(entry.verdict_reason) >= 1
    assert "Transfer lies below direct learning by" in words
    assert "the simulations do harm" in words
    assert "waiting: no measured heat_capacity" in words


def test_undecided_is_neither_below_nor_above(valued: Fit) -> None:
    entry = valued.entry.model_copy(update={"direct_minus_transfer": Estimate(-0.001, -0.004, 0.002)})
    text = " ".join(table_of_laws(Valuation(level=0.9, tasks={"density": entry})).split())
    assert "ot told apart from direct learning: transfer is above it by 0.00100 (interval -0.00200 to 0.00400)" in text


def law(d: Estimate, alpha: Estimate, c: Estimate) -> LawValues:
    return {"D": d, "alpha": alpha, "C": c}


def test_a_parameter_at_its_bound_is_shown_as_a_bound() -> None:
    """As shipped: "alpha = 5.00, D = 1.99e+06" of thermal conductivity, whose curve falls at its first point only."""
    steep = law(Estimate(1.98737e6, 0.0, INF), Estimate(5.0, 0.001, 5.0), Estimate(0.1666, 0.12, 0.19))
    assert [parameter(steep, name) for name in steep] == ["not known", "above 5.0", "0.167"]
    assert [parameter_span(steep, name) for name in steep] == ["not known", "not known", "0.120 to 0.190"]
    no_gap = law(Estimate(0.35, 0.16, 0.46), Estimate(0.093, 0.068, 0.3), Estimate(0.0, 0.0, 0.133))
    assert [parameter(no_gap, name) for name in no_gap] == ["0.350", "0.0930", "up to 0.133"]
    flat = law(Estimate(0.0, 0.0, 0.2), Estimate(0.5, 0.001, 5.0), Estimate(0.1, 0.09, 0.11))
    assert [parameter(flat, name) for name in flat] == ["up to 0.200", "not known", "0.100"]


@pytest.mark.parametrize(
    ("n", "low", "high", "words", "interval"),
    [
        (2400.0, 1895.0, 3004.0, "2,400", "1,895 to 3,004"),
        (78e9, 2.0, None, "more than 100 times today's", "not known"),
        (None, 2402.0, None, "never", "above 2,402"),
        (None, None, None, "never", "never"),
        (2e5, 1.5e5, 3e6, "more than 100 times today's", "more than 100 times today's"),
        (2400.0, 2000.0, 1e9, "2,400", "above 2,000"),
    ],
)
def test_needed_simulations_far_beyond_today_are_no_numbers(
    n: float | None, low: float | None, high: float | None, words: str, interval: str
) -> None:
    """As shipped: "78 billion simulations", "2 to never"."""
    assert needed(n, 1060) == words
    assert needed_span(low, high, 1060) == interval


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
