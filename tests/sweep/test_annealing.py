"""`training.annealing`: pretraining of a fixed length, in which the learning rate falls along half a cosine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from simworth.config import Annealing, Task, Training
from simworth.learning import training
from simworth.learning.stack import Stack
from simworth.learning.training import Examples, Schedule, train
from simworth.sweep.compute import compute
from simworth.sweep.plan import cost
from simworth.sweep.problem import Problem
from simworth.sweep.shards import Result, Shard, task_digest

from ..learning.test_engine import SMALL
from ..learning.test_stack import problem, rngs
from .planted import pairs_task, settings, task_data

DATA = task_data(simulated=90)
TRANSFER, DIRECT = Shard("transfer", 60, 40, 0), Shard("direct", 0, 40, 0)


def task(**given: Any) -> Task:
    return settings(**{"max_epochs": 9, "batch_size": 8, **given}).tasks["density"]


def trained(shard: Shard, **given: Any) -> Result:
    return compute(Problem.of("density", task(**given), 11, DATA), [shard])[0]


def test_as_many_epochs_as_hold_the_steps() -> None:
    given = Training(batch_size=100, annealing=Annealing(steps=1000, most_epochs=12), max_epochs=3)
    assert [given.annealed_epochs(n) for n in (100, 12_500, 12_501, 100_000, 10_000_000)] == [12, 10, 10, 2, 1]
    assert Training().annealed_epochs(100) is None


def test_the_rate_is_that_of_half_a_cosine_in_the_middle_of_each_epoch() -> None:
    schedule = Schedule(0.01, 0.0, 32, 4, 4, annealed=True)
    rates = [schedule.at(epoch).learning_rate for epoch in range(4)]
    assert rates == pytest.approx([0.01 * (1 + np.cos(np.pi * share)) / 2 for share in (0.125, 0.375, 0.625, 0.875)])
    assert replace(schedule, annealed=False).at(3).learning_rate == 0.01


def test_each_epoch_has_its_rate_and_no_model_waits_for_a_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    x, learn, check = problem(6, SMALL.layout.layers[0].inputs)
    schedule, flat = Schedule(1e-2, 0.0, 32, 5, 5, annealed=True), SMALL.layout.fresh(rngs(6, 0))
    rates: list[float] = []
    one_pass = training.one_pass

    def noted(stack: Stack, inputs: torch.Tensor, examples: Examples, now: Schedule) -> None:
        rates.append(now.learning_rate)
        one_pass(stack, inputs, examples, now)

    monkeypatch.setattr(training, "one_pass", noted)
    models: list[int] = []
    narrow = train(SMALL, flat, x, learn, check, schedule, rngs(6, 2), width=2, watch=lambda *a: models.append(a[1]))
    assert models == [6] * 5 and (narrow.epochs == 5).all()
    assert list(dict.fromkeys(rates)) == [schedule.at(epoch).learning_rate for epoch in range(5)]
    whole = train(SMALL, flat, x, learn, check, schedule, rngs(6, 2))
    assert torch.equal(narrow.flat, whole.flat)
    constant = train(SMALL, flat, x, learn, check, replace(schedule, annealed=False), rngs(6, 2))
    assert not torch.equal(whole.flat, constant.flat)


def test_it_ends_with_its_last_weights_whatever_validation_says() -> None:
    x, learn, check = problem(6, SMALL.layout.layers[0].inputs)
    schedule, flat = Schedule(1e-2, 0.0, 32, 5, 5, annealed=True), SMALL.layout.fresh(rngs(6, 0))
    ended = train(SMALL, flat, x, learn, check, schedule, rngs(6, 2))
    other = train(SMALL, flat, x, learn, replace(check, y=-9 * learn.y[:, : check.y.shape[1]]), schedule, rngs(6, 2))
    assert torch.equal(ended.flat, other.flat) and (ended.loss != other.loss).all()
    assert np.isfinite(ended.loss).all() and (ended.epochs == 5).all()


def test_it_is_of_pretraining_alone() -> None:
    annealed: dict[str, Any] = {"annealing": {"steps": 20, "most_epochs": 6}}
    assert trained(TRANSFER, **annealed).trials["pretrain_epochs"].eq(4).all(), "of six steps each"
    assert trained(DIRECT, **annealed).trials["mae"].to_list() == trained(DIRECT).trials["mae"].to_list()
    assert trained(TRANSFER, **annealed).trials["mae"].to_list() != trained(TRANSFER).trials["mae"].to_list()
    with pytest.raises(ValueError, match=r"training\.annealing: is for fine-tuning"):
        pairs_task(annealing={"steps": 20})


def test_it_names_other_shards_and_weighs_less() -> None:
    plain, annealed = task(), task(annealing={"steps": 10})
    assert task_digest(1, annealed, "d") != task_digest(1, plain, "d")
    large = replace(TRANSFER, n=100_000)
    assert cost(plain, large) > 8 * cost(annealed, large) > 0
    assert cost(plain, large, epochs=4) == cost(annealed, large, epochs=4)
