"""Lines on accuracy: what counts as a difference, and why there may be no line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import accuracy
from benchmarks.accuracy import AccuracyLoad, accuracy_lines, compared, errors, targets
from benchmarks.made_up import FILES, TASK, Size, write_tables
from benchmarks.own import Own
from simworth.config.resolve import resolve
from simworth.prepare.stage import prepare
from simworth.sweep.shards import Shard

EXACT = np.random.default_rng(0).normal(1.0, 0.1, 100)
NOISE = np.random.default_rng(1).normal(0.0, 0.01, 100)


def met(rounded: np.ndarray) -> list[bool | None]:
    """Whether the size of the difference, and its chance, are as wanted."""
    return [line.met for line in compared(targets("density"), EXACT, rounded, "g/cm^3", "here")]


def test_noise_is_no_difference() -> None:
    assert met(EXACT + NOISE - NOISE.mean()) == [True, True]


def test_a_small_shift_may_be_more_than_chance() -> None:
    assert met(EXACT + NOISE - NOISE.mean() + 0.01) == [True, False]


def test_a_large_shift() -> None:
    assert met(EXACT + 0.03) == [False, False]


def test_a_large_difference_may_be_chance() -> None:
    assert met(EXACT + 30 * (NOISE - NOISE.mean()) + 0.03) == [False, True]


def test_the_same_numbers_are_as_good_as_can_be() -> None:
    assert met(EXACT) == [True, True]


def test_percent_and_standard_errors() -> None:
    share, luck = compared(targets("density"), np.array([1.0, 1.0, 1.0]), np.array([1.01, 1.02, 1.03]), "", "here")
    assert share.ours == pytest.approx(2.0)
    assert luck.ours == pytest.approx(0.02 / (0.01 / np.sqrt(3)))
    assert luck.against == pytest.approx(4.303, abs=1e-3)


PARAMS = """seed: 1
databases: {db: {releases: [one]}}
properties: {density: {unit: g/cm^3, range: [0, 9]}}
tasks:
  density: {property: density, source: {database: db}, target: {database: db}, descriptors: [ffkm]}
"""


def test_without_data_or_task_there_is_a_reason(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(PARAMS)
    lines = accuracy_lines(AccuracyLoad(Own(tmp_path / "params.yaml", tmp_path)))
    assert [bool(line.reason) for line in lines] == [True] * 4
    assert "run `dvc repro`" in lines[0].reason
    assert "no task 'chi'" in lines[2].reason


def test_without_a_rounded_path_there_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params.yaml").write_text(PARAMS)
    monkeypatch.setattr(accuracy, "PRECISIONS", ("float32",))
    lines = accuracy_lines(AccuracyLoad(Own(tmp_path / "params.yaml", tmp_path)))
    assert lines[0].reason == "the training core offers no bf16 path"


def test_trials_are_paired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both precisions train the same trials: with the same precision twice, every error is the same."""
    size = Size(60, 20, trials=10, columns=20, points=5, n_min=20, training={"max_epochs": 1, "hidden": [16]})
    write_tables(size, tmp_path)
    settings = size.settings()
    data = prepare(resolve(settings, TASK), *(tmp_path / f"{name}.parquet" for name in FILES)).ready()
    monkeypatch.setattr(accuracy, "ProcessPoolExecutor", Here)
    units = [Shard("transfer", 60, 16, block) for block in range(2)]
    exact, rounded = errors(settings, TASK, data, units)
    assert len(exact) == len(rounded) == 20
    assert len(np.unique(exact)) == 20
    np.testing.assert_allclose(rounded, exact, rtol=0.2)


class Here:
    """A pool that is this process."""

    def __init__(self, _: int, mp_context: object, initializer: object, initargs: tuple[object, ...]) -> None:
        initializer(*initargs)  # type: ignore[operator]

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    map = staticmethod(map)
