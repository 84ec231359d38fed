"""A large input table lies in one file that all processes of a machine map; what they compute is the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from simworth.errors import SimworthError
from simworth.sweep import input_table, run
from simworth.sweep.input_table import MappedData, padded_table
from simworth.sweep.plan import plan
from simworth.sweep.run import Sweeper, Worked
from simworth.sweep.shards import Shard
from simworth.sweep.tables import ShardsFailed, trial_table

from .planted import COLUMNS, settings, task_data

DATA, GIVEN = task_data(simulated=90), settings(max_epochs=2, trials=20)
_work = run._work


def observed(folder: Path, shards: list[Shard]) -> Worked:
    """On a worker: what it maps is noted."""
    maps = {Path(one.path).name for one in psutil.Process().memory_maps() if "inputs" in one.path}
    (folder / f"{psutil.Process().pid}").write_text(" ".join(maps))
    return _work(shards)


def swept(store: Path, noted: Path) -> pd.DataFrame:
    noted.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_work", partial(observed, noted))
        sweeper = Sweeper(GIVEN, "density", DATA, store)
        return trial_table(sweeper.run(plan(GIVEN.tasks["density"], DATA).shards), 20)


def test_what_is_kept_is_opened(tmp_path: Path) -> None:
    kept = MappedData.keep(DATA, tmp_path / "inputs.npy")
    (data, table), (same, other) = kept.open(), padded_table(DATA)
    assert np.array_equal(table, other) and table.dtype == np.float32 and table.shape[1] == 16
    assert np.array_equal(data.inputs, DATA.inputs) and data.columns == COLUMNS == same.columns
    assert data.digest == kept.digest == DATA.digest and not len(kept.data.inputs)
    table[:] = 7
    assert np.array_equal(kept.open()[1], other), "what a process writes stays its own"
    assert [path.name for path in tmp_path.iterdir()] == ["inputs.npy"]


def test_a_machine_that_does_not_see_the_file_says_so(tmp_path: Path) -> None:
    kept = MappedData.keep(DATA, tmp_path / "inputs.npy")
    kept.path.unlink()
    with pytest.raises(SimworthError, match=r"inputs\.npy: this machine does not see.*No such file.*SIMWORTH_STORE"):
        kept.open()


def test_workers_map_one_file_and_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = swept(tmp_path / "alone", tmp_path / "one")
    monkeypatch.setenv("SIMWORTH_WORKERS", "2")
    small = swept(tmp_path / "small", tmp_path / "two")
    monkeypatch.setattr(input_table, "LARGE", 0)
    large = swept(tmp_path / "large", tmp_path / "three")
    pd.testing.assert_frame_equal(small, alone)
    pd.testing.assert_frame_equal(large, alone)
    told = [{path.read_text() for path in (tmp_path / name).iterdir()} for name in ("one", "two", "three")]
    assert told == [{""}, {""}, {"inputs.npy"}]
    assert not [*(tmp_path / "large").rglob("*.npy")], "it goes with the sweep"


def test_inputs_go_with_a_sweep_that_fails_and_what_a_killed_one_left_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMWORTH_WORKERS", "2")
    monkeypatch.setattr(input_table, "LARGE", 0)
    sweeper, shards = Sweeper(GIVEN, "density", DATA, tmp_path), plan(GIVEN.tasks["density"], DATA).shards
    with monkeypatch.context() as broken:
        broken.setattr(run, "_work", fails)
        with pytest.raises(ShardsFailed):
            sweeper.run(shards)
    (folder,) = (tmp_path / "partial").iterdir()
    assert not [*folder.iterdir()]
    (folder / ".inputs.npy.half").touch()
    (folder / ".nfs0001").touch()
    with monkeypatch.context() as broken:
        broken.setattr(run, "_work", fails)
        with pytest.raises(ShardsFailed):
            sweeper.run(shards)
    assert [path.name for path in folder.iterdir()] == [".nfs0001"], "what a file system keeps of open files is its own"


def fails(_: list[Shard]) -> Worked:
    """On a worker."""
    raise MemoryError
