"""What a forecast decides, in sentences with its numbers."""

from __future__ import annotations

import re

import pytest

from simworth.scaling import Estimate
from simworth.valuation.pieces import Gain
from simworth.valuation.words import excluded, gain_sentence, to_settle


def gain(low: float, value: float, high: float) -> Gain:
    x2 = Estimate(value, low, high)
    return Gain(x2=x2, x4=x2, x10=x2, p_more_than={"0.01": 0.6, "0.02": 0.3, "0.05": 0.02})


def test_the_gain_is_said_with_its_odds() -> None:
    said = gain_sentence(gain(-0.03, 0.012, 0.06))
    assert said == (
        "a doubling lowers the error by 1.2 % (interval -3 % to 6 %): more than 1 % with probability 0.6, "
        "more than 2 % with probability 0.3, more than 5 % with probability 0.02"
    )
    assert "raises the error by 2 %" in gain_sentence(gain(-0.05, -0.02, 0.01))
    assert gain_sentence(gain(float("-inf"), 0.01, 1.0)) == "what a doubling gains is not known"


def test_an_open_question_ends_with_what_is_excluded() -> None:
    assert "a doubling gains at most 6 %" in excluded(gain(-0.03, 0.012, 0.06))
    assert "a doubling gains nothing" in excluded(gain(-0.05, -0.02, -0.001))
    assert "a doubling gains at least 1 %" in excluded(gain(0.01, 0.05, 0.08))
    assert excluded(gain(float("-inf"), 0.01, 1.0)) == ()


def number(text: str) -> int:
    return int(re.findall(r"about ([\d,]+)", text)[0].replace(",", ""))


def test_more_trials_tell_where_trials_carry_the_variance() -> None:
    """Half the half-width is needed, so a quarter of the variance; trials carry all of it: four times as many."""
    (said, *_) = to_settle(gain(-0.02, 0.02, 0.06), 1.0, 30, 80)
    assert number(said) == pytest.approx(120, abs=1) and "trials (now 30)" in said


def test_materials_tell_where_trials_cannot() -> None:
    (said, *_) = to_settle(gain(-0.02, 0.02, 0.06), 0.1, 30, 80)
    assert "measured materials (now 80)" in said and number(said) == pytest.approx(80 * 0.9 / 0.15, rel=0.02)


def test_both_or_neither_are_said() -> None:
    (both,) = to_settle(gain(-0.06, 0.02, 0.10), 0.5, 30, 80)
    assert "together would tell" in both
    (neither,) = to_settle(gain(-0.5, 0.001, 0.5), 0.5, 30, 80)
    assert neither.startswith("neither more trials")


def test_a_settled_question_asks_for_nothing() -> None:
    assert to_settle(gain(0.01, 0.02, 0.03), 0.5, 30, 80) == ()
    assert to_settle(gain(-0.02, 0.0, 0.015), 0.5, 30, 80) == ()
