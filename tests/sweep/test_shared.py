"""Colleagues share shards: by one folder, or by a copy that is read where their own store lacks one."""

from __future__ import annotations

import shutil
from pathlib import Path

import fsspec
import pandas as pd
import pytest

from simworth.config import Settings
from simworth.environment import store_root
from simworth.errors import SimworthError
from simworth.sweep.plan import plan
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import Result, write_shard
from simworth.sweep.tables import trial_table
from tests.sweep.planted import settings, task_data

DATA = task_data(simulated=60)
CURVES = 6
"""five n and direct learning"""


def with_trials(trials: int) -> Settings:
    return settings(trials=trials, max_epochs=1, hidden=[4])


def sweep(given: Settings) -> pd.DataFrame:
    task = given.tasks["density"]
    return trial_table(Sweeper(given, "density", DATA, store_root()).run(plan(task, DATA).shards), task.trials)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    """A colleague's store with the shards of 30 trials, and what came of them."""
    store = tmp_path_factory.mktemp("first") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMWORTH_STORE", str(store))
        patch.setenv("SIMWORTH_WORKERS", "1")
        return store, sweep(with_trials(30))


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Shards that are trained from here on."""
    written: list[Path] = []

    def spy(path: Path, result: Result) -> Result:
        written.append(path)
        return write_shard(path, result)

    monkeypatch.setattr("simworth.sweep.run.write_shard", spy)
    return written


def test_a_colleague_who_raises_trials_trains_what_is_new(
    first: tuple[Path, pd.DataFrame], trained: list[Path], own_store: Path
) -> None:
    """Another project, whose SIMWORTH_STORE names the same folder."""
    shutil.copytree(first[0], own_store)
    more = sweep(with_trials(40))
    assert len(trained) == CURVES, "the quarter that is new"
    pd.testing.assert_frame_equal(more[more["trial"] < 30].reset_index(drop=True), first[1])


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "copy")


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_a_copy_is_read_where_the_own_store_lacks_a_shard(
    kind: str,
    request: pytest.FixtureRequest,
    first: tuple[Path, pd.DataFrame],
    trained: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy = request.getfixturevalue(kind) + "/simworth"
    target = fsspec.get_mapper(copy, create=True)
    for path in (first[0] / "units").rglob("*.safetensors"):
        target[path.relative_to(first[0]).as_posix()] = path.read_bytes()
    monkeypatch.setenv("SIMWORTH_STORE_COPY", copy)
    more = sweep(with_trials(40))
    assert len(trained) == CURVES, "the quarter that is new"
    pd.testing.assert_frame_equal(more[more["trial"] < 30].reset_index(drop=True), first[1])
    assert len(target) == 2 * 3 * CURVES, "nothing is sent"
    found = Sweeper(with_trials(40), "density", DATA, store_root())
    assert found.weights(plan(with_trials(40).tasks["density"], DATA).curve[0]), "weights came too"


def test_a_copy_that_is_damaged_or_away_costs_training_alone(
    first: tuple[Path, pd.DataFrame],
    trained: list[Path],
    own_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(first[0], tmp_path / "copy")
    for path in (tmp_path / "copy" / "units").rglob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:-20])
    expected = first[1][first[1]["trial"] < 10].reset_index(drop=True)
    for address, said in ((tmp_path / "copy", "unreadable"), ("http://127.0.0.1:9/copy", "does not answer")):
        monkeypatch.setenv("SIMWORTH_STORE_COPY", str(address))
        trained.clear()
        pd.testing.assert_frame_equal(sweep(with_trials(10)), expected)
        assert len(trained) == CURVES and said in capsys.readouterr().err
        shutil.rmtree(own_store)
    monkeypatch.setenv("SIMWORTH_STORE_COPY", "nosuch://copy")
    with pytest.raises(SimworthError, match="SIMWORTH_STORE_COPY: nosuch://copy: "):
        sweep(with_trials(10))
