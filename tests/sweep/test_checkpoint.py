"""A training that is killed goes on from its last state, to the same bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from simworth.learning.training import Schedule, Trained, train
from simworth.sweep import checkpoint
from simworth.sweep.checkpoint import Saved

from ..learning.test_engine import SMALL, STUDY
from ..learning.test_stack import problem, rngs


class Killed(BaseException):
    """In the middle of a training."""


def killer(after: int) -> Callable[[int, int, int], None]:
    """What is called after every epoch, and ends the process after so many."""
    left = iter(range(after))

    def watch(_epoch: int, _learning: int, _steps: int) -> None:
        if next(left, None) is None:
            raise Killed

    return watch


def twice(
    state: Saved,
    *,
    bf16: bool,
    width: int | None,
    watch: Callable[[int, int, int], None] | None,
    annealed: bool = False,
) -> list[Trained]:
    """Two trainings, as a sweep pretrains and fine-tunes."""
    network = STUDY if bf16 else SMALL
    x, learn, check = problem(6, network.layout.layers[0].inputs)
    flat = network.layout.fresh(rngs(6, 0))
    schedule = Schedule(1e-2, 0.0, 32, 12 if annealed else 3, 5 if bf16 else 12, bf16=bf16, annealed=annealed)
    out: list[Trained] = []
    for stream in (2, 3):
        flat = out[-1].flat if out else flat
        shuffles = rngs(6, stream)
        out.append(
            state.training(
                lambda saver, flat=flat, shuffles=shuffles: train(  # type: ignore[misc]
                    network, flat, x, learn, check, schedule, shuffles, width, watch, saver
                ),
                flat.device,
            )
        )
    return out


@pytest.mark.parametrize(
    ("bf16", "width", "annealed"),
    [
        (False, None, False),
        (False, 2, False),
        (False, 2, True),
        pytest.param(True, None, False, marks=pytest.mark.soak),
    ],
)
def test_killed_after_every_few_epochs_it_ends_in_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bf16: bool, width: int | None, annealed: bool
) -> None:
    whole = twice(Saved(tmp_path / "away" / "none"), bf16=bf16, width=width, watch=None, annealed=annealed)
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    monkeypatch.setattr(checkpoint, "_SHARE", 1e9)
    for kills in range(60):
        state = Saved(tmp_path / "group", _wait=0.0)
        try:
            parts = twice(state, bf16=bf16, width=width, watch=killer(1 + kills % 3), annealed=annealed)
            break
        except Killed:
            continue
    assert kills >= 4, "it was hardly killed"
    assert state.resumed > 0
    for part, other in zip(parts, whole, strict=True):
        assert torch.equal(part.flat, other.flat)
        assert (part.epochs == other.epochs).all()
        assert (part.loss == other.loss).all()
    assert not (tmp_path / "away").exists(), "a folder was made on a machine that does not see the store"


def test_a_damaged_state_is_left_alone(tmp_path: Path) -> None:
    state = Saved(tmp_path / "group", _wait=0.0)
    with pytest.raises(Killed):
        twice(state, bf16=False, width=None, watch=killer(2))
    file = next((tmp_path / "group").iterdir())
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    again = Saved(tmp_path / "group")
    twice(again, bf16=False, width=None, watch=None)
    assert again.resumed == 0


def test_a_state_is_kept_once_a_minute_and_costs_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now[0])
    written: list[float] = []

    def slow(path: Path, tensors: dict[str, np.ndarray], texts: dict[str, object]) -> None:
        written.append(now[0])
        now[0] += 6.0

    monkeypatch.setattr(checkpoint, "write_checked", slow)
    state = Saved(tmp_path / "group", _last=0.0)
    for _ in range(100):
        now[0] += 10.0
        state.keep(dict)
    assert written[0] == 60.0
    assert min(np.diff(written)) >= 6.0 / 0.05
