"""`simworth tune precision`: what is written, and when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simworth.cli import main
from simworth.config import Task, load_settings
from simworth.tuning import precision
from simworth.tuning.inner import Evaluator, InnerError
from simworth.tuning.paired import PairedErrors
from simworth.tuning.precision import allowed

from .test_search import project


class Clock:
    """A machine on which a precision takes as long as it is told to."""

    def __init__(self, bf16: float, worse: float = 0.0) -> None:
        self.now, self.bf16, self.worse = 0.0, bf16, worse

    def monotonic(self) -> float:
        return self.now

    def __call__(self, task: Task, trials: range, n: int) -> list[InnerError]:
        rounded = task.training.precision == "bf16"
        self.now += len(trials) * (self.bf16 if rounded else 1.0)
        errors = 1 + 0.2 * np.sin(np.array(trials)) + rounded * (self.worse + 0.02 * np.cos(3 * np.array(trials)))
        return [InnerError(float(error), "") for error in errors]


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project(tmp_path, monkeypatch)


def written(params: Path) -> str:
    return load_settings(params).tasks["density"].training.precision


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (Clock(0.5), "bf16"),
        (Clock(0.95), "float32"),  # for a twentieth nobody trains anew
        (Clock(0.5, worse=0.03), "float32"),
        (Clock(2.0), "float32"),
    ],
)
def test_bf16_is_written_where_it_is_faster_at_equal_errors(
    params: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: Clock, expected: str
) -> None:
    monkeypatch.setattr(Evaluator, "__call__", clock.__call__)
    monkeypatch.setattr(precision.time, "monotonic", clock.monotonic)
    command = ["tune", "precision", "density", "--params", str(params)]
    assert main([*command, "--dry-run"]) == 0
    assert written(params) == "float32"
    assert main(command) == 0
    assert written(params) == expected
    out = capsys.readouterr().out
    assert f"bf16 is {1 / clock.bf16:.2f} times as fast here" in out
    assert ("bf16 written" in out) == (expected == "bf16")


def test_the_real_thing_trains_both_and_says_so(params: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "precision", "density", "--params", str(params), "--trials", "4", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "seconds, 4 trials" in out and "errors differ by" in out and "allowed: 2% and 3.2" in out


def test_equal_errors_differ_by_nothing() -> None:
    same = PairedErrors.of(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    assert (same.share, same.sigmas, allowed(same)) == (0.0, 0.0, True)


def test_two_tasks_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "density", "chi"]) == 2
    assert "one task, or `precision` and a task" in capsys.readouterr().err
