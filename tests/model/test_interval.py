"""Predictive intervals: planted coverage, and what the real stage leaves."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.model.interval import HeldOut, calibrate
from simworth.model.predictor import Predictor
from simworth.report.text import MINUS, interval_sentence, with_unit
from tests.model.letters import Lab


def planted(rng: np.random.Generator, groups: int, size: int) -> HeldOut:
    """Errors grow with spread and distance; samples of a group share a part of theirs."""
    group = np.repeat(np.arange(groups), size)
    spread, distance = rng.gamma(4.0, 0.02, len(group)), rng.gamma(2.0, 0.05, len(group))
    sd = 0.02 + 1.2 * spread + 0.3 * distance
    common = np.repeat(rng.normal(size=groups), size)
    error = sd * (0.6 * common + 0.8 * rng.normal(size=len(group)))
    deviation = np.abs(error + np.repeat(rng.normal(size=groups), size))
    return HeldOut(np.abs(error), spread, distance, group, deviation)


@pytest.mark.parametrize(("groups", "size"), [(80, 1), (60, 4)])
def test_planted_intervals_hold_nine_in_ten(groups: int, size: int) -> None:
    rng = np.random.default_rng(3)
    inside, stated = [], []
    for _ in range(60):
        made = calibrate(planted(rng, groups, size), 0.9)
        assert made is not None
        new = planted(rng, 200, 1)
        near = new.rows(new.distance <= made.reach)
        inside.append(np.mean(near.residual <= made.half_width(near.spread, near.distance)))
        stated.append(made.coverage)
    assert 0.86 <= np.mean(inside) <= 0.95 and 0.86 <= np.mean(stated) <= 0.95


def test_beyond_what_was_tried_it_is_no_narrower_than_without_a_model() -> None:
    made = calibrate(planted(np.random.default_rng(0), 80, 1), 0.9)
    assert made is not None
    near, far = made.half_width(np.array([0.05, 0.05]), np.array([0.1, made.reach * 1.01]))
    assert near < made.marginal <= far


def test_outside_the_domain_it_is_no_narrower_than_without_a_model_and_no_absurdity() -> None:
    made = calibrate(planted(np.random.default_rng(0), 80, 1), 0.9)
    assert made is not None
    (half,) = made.half_width(np.array([0.05]), np.array([0.1]), outside=np.array([True]))
    assert made.marginal <= half <= 2 * made.marginal


def test_the_page_says_low_high_and_the_coverage_found() -> None:
    made = calibrate(planted(np.random.default_rng(0), 80, 1), 0.9)
    assert made is not None and made.typical is not None and made.typical < made.marginal
    said = interval_sentence(made, "g/cm^3")
    assert "to high = prediction + the same (median); of 80 materials or groups held out whole, it held" in said
    assert f"low = prediction {MINUS} {with_unit(made.typical, 'g/cm^3')}" in said and "no better" not in said
    poor = made.model_copy(update={"typical": made.marginal})
    assert interval_sentence(poor, "").endswith("no better than the mean of the measurements, and they say so.")
    assert "Too few" in interval_sentence(None, "")


def test_too_few_groups_have_no_interval() -> None:
    assert calibrate(planted(np.random.default_rng(0), 9, 5), 0.9) is None


def test_served_prediction_carries_it(trained: Lab, store: object) -> None:
    predictor = Predictor.load(trained.folder)
    (known,) = predictor.predict(trained.measured[:1])
    assert known.mean is not None and known.low is not None and known.high is not None
    assert known.low < known.mean < known.high
