"""The space holds the present settings, and is what the task's learning uses."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution

from simworth.config import Task, Training
from simworth.errors import SimworthError
from simworth.sweep.problem import Problem
from simworth.tuning.space import present, rounded, space_of, task_with
from tests.sweep.planted import settings, task_data

ODD = Training(
    hidden=(7,), head=3, simulated_weight=0.01, learning_rate=0.5, target_learning_rate=1e-7, weight_decay=0.03
)


def task(learning: str = "fine-tuning", **given: object) -> Task:
    return replace(settings(**given).tasks["density"], learning=learning)


def choices(one: BaseDistribution) -> tuple[Any, ...]:
    assert isinstance(one, CategoricalDistribution)
    return one.choices


@pytest.mark.parametrize("learning", ["fine-tuning", "multitask"])
@pytest.mark.parametrize("training", [Training(), replace(ODD, batch_size=5, patience=99)])
def test_the_present_settings_lie_in_it_and_come_back_whole(learning: str, training: Training) -> None:
    now = replace(task(learning), training=training)
    space = space_of(now, others=[("other",), ("other", "made-up")])
    point = present(space, now)
    assert task_with(now, rounded(space, point)) == now
    for name, distribution in space.items():
        assert distribution._contains(distribution.to_internal_repr(point[name])), name


def test_each_learning_tunes_what_it_uses() -> None:
    apart = set(space_of(task())) ^ set(space_of(task("multitask")))
    assert apart == {"learning_rate", "frozen", "head", "simulated_weight"}


@pytest.mark.parametrize("frozen", [0, 2, 3, 5])
def test_every_network_of_it_can_be_made(frozen: int) -> None:
    now, data = task(hidden=[64, 48, 32, 16, 8], frozen=frozen), task_data(simulated=90)
    space = space_of(now)
    for hidden, first in product(*(choices(space[name]) for name in ("hidden", "frozen"))):
        made = task_with(now, {"hidden": hidden, "frozen": first})
        assert Problem.of("density", made, 11, data).network.layout.layers


def test_settings_to_keep_are_not_searched() -> None:
    assert set(space_of(task())) - set(space_of(task(), ["batch_size", "hidden"])) == {"batch_size", "hidden"}
    with pytest.raises(SimworthError, match=r"--keep: 'head' is none of the settings tuned, target_learning_rate, "):
        space_of(task(), ["head"])
    with pytest.raises(SimworthError, match="nothing is left to tune"):
        space_of(task(), list(space_of(task())))


def test_what_is_trained_is_what_can_be_written() -> None:
    space = space_of(task())
    values = rounded(space, present(space, task()) | {"learning_rate": 0.00123456, "patience": 17})
    assert (values["learning_rate"], values["patience"]) == (0.00123, 17)
    tuned = task_with(task(), values | {"hidden": "128-64-32", "frozen": 1, "descriptors": "ffkm or magpie + ffkm"})
    assert (tuned.training.hidden, tuned.training.frozen) == ((128, 64, 32), 1)
    assert tuned.descriptors == ("ffkm or magpie", "ffkm")
