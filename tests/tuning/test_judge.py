"""Best candidate and verdict."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.tuning.paired import PairedErrors
from simworth.tuning.search import best_of
from simworth.tuning.study import Candidate


def candidate(number: int, *errors: float) -> Candidate:
    return Candidate(number, {}, errors, "" if errors else "diverged")


def test_the_lowest_mean_the_earliest_of_equals_never_a_failed_one() -> None:
    best = best_of([candidate(0, 3, 3), candidate(1), candidate(2, 1, 3), candidate(3, 2, 2)])
    assert best is not None and best.number == 2
    assert best_of([candidate(0), candidate(1)]) is None


def test_the_difference_is_paired() -> None:
    rng = np.random.default_rng(0)
    hard = rng.uniform(1, 9, 10)
    one = PairedErrors.of(list(hard), list(hard - 0.1 + rng.normal(0, 0.02, 10)))
    assert one.difference == pytest.approx(-0.1, abs=0.02) and one.better
    assert one.standard_error < 0.02, "trials differ a hundred times as much as settings do"


def test_equal_settings_are_called_better_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(1)
    called = [PairedErrors.of(*rng.normal(1, 0.1, (2, 10)).tolist()).better for _ in range(2000)]
    assert np.mean(called) == pytest.approx(0.05, abs=0.02)


def test_a_failed_side_is_never_better() -> None:
    one = PairedErrors.of([], [1.0, 2.0])
    assert not one.better and np.isnan(one.difference) and one.after == 1.5
