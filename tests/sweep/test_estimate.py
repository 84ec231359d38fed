"""What a sweep is said to take: by units that were kept, else by trying; nothing where nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from simworth.environment import Machine
from simworth.sweep import estimate
from simworth.sweep.estimate import in_words, seconds_left, seconds_per_step
from simworth.sweep.plan import group_cost, groups, plan
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import note_seconds

from .planted import settings, task_data


@pytest.fixture
def sweeper(tmp_path: Path) -> Sweeper:
    """Of two blocks of trials."""
    return Sweeper(settings(trials=20), "density", task_data(), tmp_path)


def test_kept_units_tell(sweeper: Sweeper) -> None:
    task = sweeper.settings.tasks["density"]
    units = plan(task, sweeper.data).curve
    kept, missing = ([unit for unit in units if unit.block == block] for block in (0, 1))
    note_seconds([sweeper.path(unit) for unit in kept], 60.0)
    assert seconds_left(sweeper, missing, kept, Machine(1)) == pytest.approx(60.0, rel=1e-4)
    assert seconds_left(sweeper, missing, kept, Machine(3)) == pytest.approx(20.0, rel=1e-4)


def test_nothing_left_takes_no_time(sweeper: Sweeper) -> None:
    assert seconds_left(sweeper, [], plan(sweeper.settings.tasks["density"], sweeper.data).curve, Machine(1)) == 0.0


def test_tries_tell_where_nothing_is_kept(sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "seconds_per_step", lambda *_: 0.5)
    task = sweeper.settings.tasks["density"]
    missing = plan(task, sweeper.data).curve
    steps = sum(group_cost(task, group) for group in groups(task, missing))
    assert seconds_left(sweeper, missing, [], Machine(2)) == pytest.approx(0.25 * steps)


def test_a_try_counts_the_epochs_that_it_adds(sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """240 training samples in batches of 32 are 8 steps, 32 measured ones 1: 9 an epoch, 4 epochs, 10 models."""
    monkeypatch.setattr(estimate, "_seconds", lambda _, task, *__: 1.0 + 3.6 * task.training.max_epochs)
    largest = plan(sweeper.settings.tasks["density"], sweeper.data).curve[-1]
    assert seconds_per_step(sweeper, largest, Machine(1)) == pytest.approx(3.6 * 4 / (9 * 4 * 10))


def test_a_try_trains(sweeper: Sweeper) -> None:
    largest = plan(sweeper.settings.tasks["density"], sweeper.data).curve[-1]
    assert 1e-9 < seconds_per_step(sweeper, largest, Machine(1)) < 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (43.2, "43 s"), (119, "119 s"), (700, "12 min"), (12_345, "3.4 h"), (200_000, "2.3 days")],
)
def test_in_words(seconds: float, text: str) -> None:
    assert in_words(seconds) == text
