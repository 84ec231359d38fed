"""Shards in the store: what names one, what is read again, and what is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from filelock import BaseFileLock

from simworth.environment import store_root
from simworth.sweep import shards
from simworth.sweep.plan import plan
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import Shard, Unreadable, read_shard, weights_path

from .planted import settings, task_data


@pytest.mark.parametrize("locks", [True, False])
def test_half_written_files_go_under_the_lock_alone(monkeypatch: pytest.MonkeyPatch, locks: bool) -> None:
    """Where the store's file system knows no locks, another sweep may be writing that very file."""

    def none(*_: object, **__: object) -> None:
        raise NotImplementedError

    if not locks:
        monkeypatch.setattr(BaseFileLock, "acquire", none)
    given, data = settings(max_epochs=1), task_data(simulated=90)
    sweeper, shard = Sweeper(given, "density", data, store_root()), plan(given.tasks["density"], data).shards[0]
    path = sweeper.path(shard)
    half = path.with_name(f".{path.name}.abc")
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    sweeper.run([shard])
    assert half.exists() is not locks
    assert path.is_file()


def test_a_shard_survives_the_store_and_an_unreadable_one_is_done_again(capsys: pytest.CaptureFixture[str]) -> None:
    given, data = settings(max_epochs=2), task_data(simulated=90)
    sweeper = Sweeper(given, "density", data, store_root())
    shard = Shard("transfer", 60, 40, 0)
    first = sweeper.run([shard])[0]
    path = sweeper.path(shard)
    whole, weights = path.read_bytes(), weights_path(path).read_bytes()
    kept = sweeper.weights(shard)
    assert len(whole) < len(weights) / 2 and not first.weights, "tables are read without weights"
    damaged = [whole[:-7], whole[:40], b"", whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]]
    for content in (*damaged, whole.replace(b"trials.n_test", b"trials.ntests")):
        path.write_bytes(content)
        with pytest.raises(Unreadable):
            read_shard(path)
        again = sweeper.run([shard])[0]
        assert "1 unreadable shards are trained anew" in capsys.readouterr().err
        pd.testing.assert_frame_equal(first.trials, again.trials)
        assert path.read_bytes() == whole
    for content in (weights[:-7], b""):
        weights_path(path).write_bytes(content)
        assert all((sweeper.weights(shard)[name] == value).all() for name, value in kept.items())
        assert weights_path(path).read_bytes() == weights
    weights_path(path).unlink()
    assert not sweeper.kept([shard]), "whoever has the tables has the weights"


def test_a_sweep_reads_each_shard_once_and_no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    given, data = settings(max_epochs=2), task_data(simulated=90)
    wanted = plan(given.tasks["density"], data).shards
    sweeper = Sweeper(given, "density", data, store_root())
    read: list[Path] = []

    def counted(path: Path) -> object:
        read.append(path)
        return real(path)

    real = shards.read_checked
    monkeypatch.setattr(shards, "read_checked", counted)
    sweeper.run(wanted)
    assert not read, "what was just trained is not read again"
    sweeper.run(wanted)
    assert sorted(read) == sorted(map(sweeper.path, wanted))


def test_a_shard_of_the_form_with_weights_inside_is_read(own_store: Path) -> None:
    """Stores that were filled before weights had a file of their own."""
    sweeper = Sweeper(settings(max_epochs=2), "density", task_data(simulated=90), store_root())
    shard = Shard("transfer", 60, 40, 0)
    (result,), weights, path = sweeper.run([shard]), sweeper.weights(shard), sweeper.path(shard)
    tensors, texts = shards.read_checked(path)
    del texts["weights"]
    shards.write_checked(path, tensors | {f"weights.{name}": value for name, value in weights.items()}, texts)
    weights_path(path).unlink()
    assert sweeper.kept([shard])
    pd.testing.assert_frame_equal(sweeper.run([shard])[0].trials, result.trials)
    assert all((sweeper.weights(shard)[name] == value).all() for name, value in weights.items())


@pytest.mark.parametrize(
    "change",
    [{"seed": 12}, {"learning_rate": 0.002}, {"batch_size": 16}, {"hidden": [48, 25]}, {"patience": 6}],
)
def test_a_changed_setting_never_finds_a_stale_shard(change: dict[str, int]) -> None:
    data, shard = task_data(simulated=90), Shard("transfer", 60, 40, 0)
    old = Sweeper(settings(), "density", data, store_root()).digest(shard)
    assert old != Sweeper(settings(**change), "density", data, store_root()).digest(shard)  # type: ignore[arg-type]
    assert old == Sweeper(settings(trials=400), "density", data, store_root()).digest(shard)


def test_only_shards_in_bf16_feel_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    data, shard = task_data(simulated=90), Shard("transfer", 60, 40, 0)

    def digests() -> list[str]:
        given = [settings(precision=precision) for precision in ("float32", "bf16")]
        return [Sweeper(each, "density", data, store_root()).digest(shard) for each in given]

    exact, low = digests()
    monkeypatch.setattr(shards, "BF16_VERSION", shards.BF16_VERSION + 1)
    assert digests()[0] == exact
    assert digests()[1] not in (exact, low)


def test_only_shards_of_releases_in_turn_feel_their_version(monkeypatch: pytest.MonkeyPatch) -> None:
    task = settings().tasks["density"]

    def digests() -> list[str]:
        tasks = [replace(task, source=replace(task.source, releases=how)) for how in ("", "pooled", "in turn")]
        return [shards.task_digest(11, each, "data") for each in tasks]

    *others, in_turn = digests()
    monkeypatch.setattr(shards, "_IN_TURN_VERSION", shards._IN_TURN_VERSION + 1)
    assert digests()[:2] == others
    assert digests()[2] not in (*others, in_turn)


def test_another_build_of_a_library_finds_the_same_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """2.13.0+cpu and 2.13.0 are the same sources; 2.13.1 is not."""
    data, shard = task_data(simulated=90), Shard("transfer", 60, 40, 0)

    def named(version: str) -> str:
        monkeypatch.setattr(shards, "version", lambda _: version)
        return Sweeper(settings(), "density", data, store_root()).digest(shard)

    assert named("2.13.0+cpu") == named("2.13.0") == named("2.13.0+cu128")
    assert named("2.13.0") != named("2.13.1+cpu")


def test_a_changed_value_never_finds_a_stale_shard() -> None:
    shard, given = Shard("transfer", 60, 40, 0), settings()
    digests = {Sweeper(given, "density", task_data(bias=b), store_root()).digest(shard) for b in (0.3, 0.3001)}
    assert len(digests) == 2
