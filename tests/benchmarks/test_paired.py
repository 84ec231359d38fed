"""What paired trials are worth, from trials that are trained for it, or were kept by a sweep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import paired
from benchmarks.own import Own
from benchmarks.paired import PairedLoad, errors_of, paired_lines
from simworth.prepare.arrays import TaskData
from simworth.scaling import Pairing
from tests.faults.lab import made


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Own:
    """A project of one task, with a store of its own."""
    made(tmp_path, epochs=1, trials=10)
    (tmp_path / "prepared").rename(tmp_path / "density")
    monkeypatch.setenv("SIMWORTH_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("SIMWORTH_WORKERS", "1")
    return Own(tmp_path / "params.yaml", tmp_path)


def test_trials_are_as_many_as_asked_for_and_those_kept_are_the_same(own: Own, tmp_path: Path) -> None:
    data = own.data(own.settings, "density")
    assert isinstance(data, TaskData)
    n, few = errors_of(own.settings, "density", data, 10)
    tables = [path for path in tmp_path.glob("store/units/*/*.safetensors") if ".weights." not in path.name]
    kept = {path: path.stat().st_mtime_ns for path in tables}
    _, many = errors_of(own.settings, "density", data, 20)
    assert n[0] == 40 and few.shape == (10, len(n)) and many.shape == (20, len(n))
    np.testing.assert_array_equal(many[:10], few)
    assert len(kept) == len(n) and all(path.stat().st_mtime_ns == time for path, time in kept.items())


def test_the_line_counts_trials(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paired, "worth_of_pairing", lambda n, errors: Pairing(len(errors), 4.5, 5.0, 0.8))
    (line,) = paired_lines(PairedLoad(own, {"density": 10}))
    assert (line.ours, line.against, line.ratio, line.met) == (10, 45, 4.5, True)
    assert "10 trials at 5 n" in line.size
    assert "correlate at 0.80, which if even is worth 5 x" in line.note


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (None, "too few trials"),
        (Pairing(10, np.nan, 1.0, 0.1), "do not bound alpha"),
        (Pairing(10, np.inf, 1.0, 0.1), "beyond"),
    ],
)
def test_trials_that_cannot_say_leave_the_reason(
    own: Own, found: Pairing | None, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paired, "worth_of_pairing", lambda n, errors: found)
    (line,) = paired_lines(PairedLoad(own, {"density": 10}))
    assert line.ratio is None and reason in line.reason


def test_a_task_without_data_says_so(own: Own) -> None:
    lines = paired_lines(PairedLoad(Own(own.params, own.prepared / "none"), {"density": 10, "chi": 10}))
    assert ["run `dvc repro`" in lines[0].reason, "no task 'chi'" in lines[1].reason] == [True, True]
