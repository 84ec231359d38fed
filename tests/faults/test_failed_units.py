"""A unit that fails is tried again, then recorded with its reason; all else is kept, and the stage ends non-zero."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simworth.cli import main
from simworth.sweep import run
from simworth.sweep.records import FailedTrials
from tests.faults import dying
from tests.faults.lab import Swept, made


@pytest.fixture
def sweep(tmp_path: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Swept:
    monkeypatch.setenv(dying.PLACE, str(tmp_path))
    return made(tmp_path, epochs=3, trials=10)


def trials(sweep: Swept) -> pd.DataFrame:
    return pd.read_parquet(sweep.results / "t.parquet")


def test_out_of_memory(sweep: Swept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(run, "_work", dying.without_memory)
        assert main(sweep.command) == 1
    assert (sweep.root / "tries").read_text() == "xx", "tried twice"
    said = capsys.readouterr().err
    assert "1 of 6 shards failed, the others are kept" in said and "MemoryError: Unable to allocate" in said
    summary = sweep.summary
    assert summary.status == "failed" and "MemoryError" in summary.reason
    assert [(one.n, one.block) for one in summary.failed_shards] == [(40, 0)]
    assert summary.failed_trials.count == 10
    table = trials(sweep)
    assert set(table.loc[table["n"] == 40, "status"]) == {"failed"}
    assert table.loc[table["n"] == 40, "reason"].str.startswith("MemoryError").all()
    assert set(table.loc[table["n"] != 40, "status"]) == {"ok"} and len(table) == 60
    kept = trials(sweep)
    assert main(sweep.command) == 0, "the same command tries it again"
    assert sweep.summary.status == "ok" and sweep.summary.failed_shards == ()
    rest = trials(sweep)
    pd.testing.assert_frame_equal(
        rest[rest["n"] != 40].reset_index(drop=True), kept[kept["n"] != 40].reset_index(drop=True)
    )


def test_a_loss_that_is_not_finite(sweep: Swept, capsys: pytest.CaptureFixture[str]) -> None:
    """Pretraining at an absurd rate diverges in every trial; direct learning does not pretrain."""
    params = sweep.root / "params.yaml"
    text = params.read_text()
    params.write_text(text.replace("training: {", "training: {learning_rate: 1.0e+38, "))
    assert main(sweep.command) == 1
    assert "every trial failed; first: pretraining: the validation loss was never finite" in capsys.readouterr().err
    assert sweep.summary.status == "failed" and len(sweep.summary.failed_shards) == 5
    table = trials(sweep)
    assert set(table.loc[table["learning"] == "direct", "status"]) == {"ok"}
    failed = table[table["learning"] == "transfer"]
    assert set(failed["status"]) == {"failed"} and failed["mae"].isna().all()
    assert failed["reason"].str.contains("never finite").all()


def test_a_single_trial_that_fails_is_counted_and_said(
    sweep: Swept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its numbers follow from its seed, so it is not trained again; its row says why."""

    def one_bad(units: list[run.Shard]) -> run.Worked:
        worked = dying.real(units)
        if units[0].n == 40:
            worked.results[0].trials.loc[3, ["status", "reason"]] = ["failed", "a prediction is not finite"]
        return worked

    monkeypatch.setattr(run, "_work", one_bad)
    monkeypatch.setenv("SIMWORTH_LOG_FILE", str(sweep.log))
    assert main(sweep.command) == 0
    assert sweep.summary.failed_trials == FailedTrials(count=1, first="a prediction is not finite")
    assert sum(one["failed_trials"] for one in sweep.events("shards kept")) == 1


@pytest.mark.soak
@pytest.mark.parametrize("executor", ["local", "dask"])
def test_a_unit_that_always_kills_its_worker(
    sweep: Swept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], executor: str
) -> None:
    """Two processes; those that worked beside it lose nothing."""
    monkeypatch.setenv("SIMWORTH_WORKERS", "2")
    monkeypatch.setenv("SIMWORTH_EXECUTOR", executor)
    monkeypatch.setattr(run, "_work", dying.always_killed)
    assert main(sweep.command) == 1
    assert "1 of 6 shards failed" in capsys.readouterr().err
    (shard,) = sweep.summary.failed_shards
    assert shard.n == 40 and shard.reason == "its worker process died (out of memory, or killed)"
    table = trials(sweep)
    assert set(table.loc[table["n"] != 40, "status"]) == {"ok"} and len(table) == 60
