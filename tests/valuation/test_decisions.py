"""What a forecast decides, in sentences with its numbers."""

from __future__ import annotations

import math
import re

import pytest

from simworth.scaling import Estimate
from simworth.valuation.pieces import ClassValuation, Gain, RequiredN
from simworth.valuation.records import Valued
from simworth.valuation.settle import (
    Evidence,
    classes_sentence,
    decision,
    excluded,
    gain_sentence,
    needed_sentence,
    to_settle,
)


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
    assert "a doubling raises the error by at most 3 %" in excluded(gain(-0.03, 0.012, 0.06))
    assert "a doubling gains nothing" in excluded(gain(-0.05, -0.02, -0.001))
    assert "a doubling gains at least 1 %" in excluded(gain(0.01, 0.05, 0.08))
    (nothing,) = excluded(gain(float("-inf"), 0.01, 1.0))
    assert nothing.startswith("nothing yet")


def known(low: float, value: float, high: float, of_trials: float | None, **more: object) -> Evidence:
    return Evidence(gain(low, value, high), 30, 80, 1_000, of_trials, **more)  # type: ignore[arg-type]


def number(text: str) -> int:
    return int(re.findall(r"about ([\d,]+)", text)[0].replace(",", ""))


def test_more_trials_tell_where_trials_carry_the_variance() -> None:
    """Half the half-width is needed, so a quarter of the variance; trials carry all of it: four times as many."""
    (said, *_) = to_settle(known(-0.02, 0.02, 0.06, 1.0))
    assert number(said) == pytest.approx(120, abs=1) and "trials (now 30)" in said


def test_materials_tell_where_trials_cannot() -> None:
    (said, *_) = to_settle(known(-0.02, 0.02, 0.06, 0.1))
    assert "measured materials (now 80)" in said and number(said) == pytest.approx(80 * 0.9 / 0.15, rel=0.03)


def test_simulations_tell_where_running_them_shows_the_fall_and_the_cheapest_comes_first() -> None:
    if_run = {2.0: Estimate(0.02, -0.01, 0.05), 3.0: Estimate(0.04, 0.01, 0.07), 10.0: Estimate(0.1, 0.07, 0.13)}
    said = to_settle(known(-0.02, 0.02, 0.06, 1.0, if_run=if_run))
    assert said[0] == "about 3,000 simulations (now 1,000) would tell" and "about 120 trials" in said[1]


def test_simulations_that_would_show_a_doubling_to_be_hardly_worth_it_tell_too() -> None:
    (said,) = to_settle(known(-0.5, 0.001, 0.5, 0.5, if_run={2.0: Estimate(0.001, -0.01, 0.015)}))
    assert said.startswith("about 2,000 simulations")


def test_where_ten_times_n_is_open_its_bar_is_what_must_be_told() -> None:
    """The doubling is settled; ten times n gains 2 to 8 %, and 4 % is asked for: a quarter of the variance tells."""
    assert to_settle(known(0.02, 0.06, 0.10, 1.0)) == ()
    (said,) = to_settle(known(0.02, 0.06, 0.10, 1.0, bar=-math.log(1 - 0.04)))
    assert number(said) == pytest.approx(120, abs=1)


def test_both_or_neither_are_said() -> None:
    (both,) = to_settle(known(-0.06, 0.02, 0.10, 0.5))
    assert "together would tell" in both
    (neither,) = to_settle(known(-0.5, 0.001, 0.5, 0.5))
    assert neither.startswith("no 100 times as many")


def test_a_single_trial_asks_for_more() -> None:
    (said,) = to_settle(known(float("-inf"), 0.02, 1.0, None))
    assert said.startswith("more trials and more measured materials")


def test_a_settled_question_asks_for_nothing() -> None:
    assert to_settle(known(0.01, 0.02, 0.03, 0.5)) == ()
    assert to_settle(known(-0.02, 0.0, 0.015, 0.5)) == ()


def test_an_inconclusive_verdict_ends_with_both() -> None:
    wide = gain(-0.03, 0.012, 0.06)
    said = decision(wide, excluded(wide), ("about 120 trials (now 30) would tell",), "inconclusive")
    assert said.endswith("to settle it: about 120 trials (now 30) would tell")
    assert "excluded: a doubling gains at most 6 %" in said
    assert "excluded" not in decision(wide, excluded(wide), ("about 120 trials",), "scaling")


def test_the_n_of_less_error_is_said_with_its_interval() -> None:
    rows = [
        RequiredN(target=0.19, relative=0.95, n=2_700.0, low=1_800.0, high=50_000.0),
        RequiredN(target=0.18, relative=0.9, n=None, low=3_100.0, high=None),
        RequiredN(target=0.1, relative=0.5, n=None, low=None, high=None),
    ]
    said = needed_sentence(rows, 1_200)
    assert said == (
        "simulations for an error 5 % below today's: n = 2,700 (interval 1,800 to 50,000), "
        "10 % below today's: never (interval above 3,100)"
    )
    assert needed_sentence([RequiredN(target=0.1, n=5.0, low=1.0, high=None)], 1_200) == ""  # an entry of format 1


def test_the_classes_that_gain_most_are_named() -> None:
    def one(value: float, low: float = 0.0) -> ClassValuation:
        fall = Estimate(value, low, 2 * value)
        return ClassValuation(measured=12, simulated=30, doubling_lowers_mae_by=fall)

    classes = {"PSTR": one(0.01), "my_class": one(0.04), "class unknown": one(0.9), "PACR": one(0.02, -math.inf)}
    entry = Valued.model_construct(unit="eV", grouping=None, classes=classes | {"PEST": one(-0.01)})
    assert classes_sentence(entry) == (
        "by class, a doubling lowers the error most for my class 0.0400 eV (0 to 0.0800), "
        "polystyrenes 0.0100 eV (0 to 0.0200)"
    )
    for none in (ClassValuation(measured=3, simulated=30), one(-0.01)):
        assert classes_sentence(entry.model_copy(update={"classes": {"PSTR": none}})) == ""
