"""`training.frozen`: first layers keep their pretrained weights, in either precision; direct learning freezes none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simworth.errors import SimworthError
from simworth.sweep.compute import compute
from simworth.sweep.problem import Problem
from simworth.sweep.shards import Result, Shard, task_digest

from .planted import pairs_task, settings, task_data

DATA = task_data(simulated=90)
TRANSFER, DIRECT = Shard("transfer", 60, 40, 0), Shard("direct", 0, 40, 0)


def trained(shard: Shard, **training: Any) -> Result:
    task = settings(**{"max_epochs": 2, "hidden": [2048, 24], **training}).tasks["density"]
    return compute(Problem.of("density", task, 11, DATA), [shard])[0]


@pytest.mark.parametrize("precision", ["float32", "bf16"])
@pytest.mark.parametrize("frozen", [0, 1, 2])
def test_frozen_layers_do_not_depend_on_how_the_others_are_fine_tuned(precision: str, frozen: int) -> None:
    slow, fast = (
        trained(TRANSFER, precision=precision, frozen=frozen, target_learning_rate=rate, weight_decay=0.01).weights
        for rate in (1e-3, 1e-2)
    )
    for number, layer in enumerate(("hidden0", "hidden1", "output")):
        for part in ("weight", "bias"):
            same = np.array_equal(slow[f"{layer}.{part}"], fast[f"{layer}.{part}"])
            assert same == (number < frozen), (layer, part)


def test_direct_learning_freezes_nothing() -> None:
    errors = [trained(DIRECT, frozen=frozen).trials["mae"].to_list() for frozen in (0, 2)]
    assert errors[0] == errors[1]
    assert trained(TRANSFER, frozen=0).trials["mae"].to_list() != trained(TRANSFER, frozen=2).trials["mae"].to_list()


def test_what_cannot_be_frozen_is_refused_and_what_is_names_other_shards() -> None:
    task = settings().tasks["density"]
    assert task_digest(1, replace(task, training=replace(task.training, frozen=1)), "d") != task_digest(1, task, "d")
    with pytest.raises(SimworthError, match=r"frozen is 3, but of the network's 3 layers the last one must learn"):
        trained(TRANSFER, frozen=3)
    with pytest.raises(ValueError, match=r"training\.frozen: is for fine-tuning"):
        pairs_task(frozen=1)
