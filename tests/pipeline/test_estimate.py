"""What a sweep is said to take: by units that were kept, else by trying; nothing where nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from simworth.environment import Machine
from simworth.pipeline import estimate
from simworth.pipeline.estimate import seconds_per_step
from simworth.sweep.plan import group_cost, groups, plan
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import note_seconds
from simworth.terminal import in_words

from ..sweep.planted import settings, task_data


@pytest.fixture
def sweeper(tmp_path: Path) -> Sweeper:
    """Of two blocks of trials."""
    return Sweeper(settings(trials=20), "density", task_data(), tmp_path)


def test_kept_units_tell(sweeper: Sweeper) -> None:
    task = sweeper.settings.tasks["density"]
    units = plan(task, sweeper.data).curve
    kept, missing = ([unit for unit in units if unit.block == block] for block in (0, 1))
    note_seconds([sweeper.path(unit) for unit in kept], 60.0)
    steps = sum(group_cost(task, group) for group in groups(task, kept))
    assert seconds_per_step(sweeper, missing, kept, Machine(1)) == pytest.approx(60.0 / steps, rel=1e-4)


def test_a_try_counts_the_epochs_that_it_adds(sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """240 training samples in batches of 32 are 8 steps, 32 measured ones 1: 9 an epoch, 4 epochs, 10 models."""
    monkeypatch.setattr(estimate, "_seconds", lambda _, epochs, *__: 1.0 + 3.6 * epochs)
    largest = plan(sweeper.settings.tasks["density"], sweeper.data).curve[-1]
    assert seconds_per_step(sweeper, [largest], [], Machine(1)) == pytest.approx(3.6 * 4 / (9 * 4 * 10))


def test_a_try_trains(sweeper: Sweeper) -> None:
    largest = plan(sweeper.settings.tasks["density"], sweeper.data).curve[-1]
    assert 1e-9 < seconds_per_step(sweeper, [largest], [], Machine(1)) < 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (43.2, "43 s"), (119, "119 s"), (700, "12 min"), (12_345, "3.4 h"), (200_000, "2.3 days")],
)
def test_in_words(seconds: float, text: str) -> None:
    assert in_words(seconds) == text
