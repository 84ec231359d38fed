"""Source orders see structures and the measurements of the training side, and nothing of the test set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simworth.sweep.compute import Problem
from simworth.sweep.orders import ORDERS, PROPOSED, RANDOM

from .planted import settings, task_data


@pytest.mark.parametrize("order", sorted({"nearest", "farthest", PROPOSED, RANDOM}))
def test_permuted_test_labels_change_no_order(order: str) -> None:
    assert order in ORDERS
    data, task = task_data(simulated=120, measured=40), replace(settings().tasks["density"], source_order=order)
    for trial in range(3):
        before = Problem.of("density", task, 11, data).split(trial)
        values = data.target.values.copy()
        values[before.test] = values[before.test][::-1]
        permuted = replace(data, target=replace(data.target, values=values))
        after = Problem.of("density", task, 11, permuted).split(trial)
        assert (after.source == before.source).all() and (np.sort(after.source) == np.arange(120)).all()
