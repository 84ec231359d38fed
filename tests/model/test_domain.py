"""Inside and outside of the training structures."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.model.domain import SHARE, Domain


def test_limit_is_the_quantile_of_distances_to_the_nearest_other() -> None:
    points = np.random.default_rng(0).normal(size=(300, 5))
    apart = np.sqrt(((points[:, None] - points[None]) ** 2).mean(axis=2)) + np.diag(np.full(300, np.inf))
    assert Domain.of(points).limit == pytest.approx(np.quantile(apart.min(axis=1), SHARE), rel=1e-5)


def test_training_structures_are_at_distance_0_and_an_outlier_is_outside() -> None:
    points = np.random.default_rng(0).normal(size=(400, 8))
    domain = Domain.of(points)
    assert domain.distance(points).max() < 1e-6
    far = np.full((1, 8), 9.0)
    assert domain.distance(far)[0] == pytest.approx(np.sqrt(((points - far) ** 2).mean(axis=1).min()) / domain.limit)
    assert domain.distance(far)[0] > 5


def test_one_structure_in_a_hundred_of_the_same_kind_is_called_outside() -> None:
    rng = np.random.default_rng(1)
    domain = Domain.of(rng.normal(size=(3000, 4)))
    assert 0.003 < (domain.distance(rng.normal(size=(5000, 4))) > 1).mean() < 0.025


def test_subset_of_the_questions_hardly_moves_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(2).normal(size=(3000, 6))
    whole = Domain.of(points).limit
    monkeypatch.setattr("simworth.model.domain._ASKED", 1000)
    assert Domain.of(points).limit == pytest.approx(whole, rel=0.1)


def test_copies_only_leave_no_room() -> None:
    domain = Domain.of(np.ones((5, 3)))
    assert domain.distance(np.ones((1, 3)))[0] == 0
    assert domain.distance(np.full((1, 3), 1.01))[0] > 1
