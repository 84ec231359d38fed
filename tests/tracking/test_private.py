"""A server that nobody named as private gets aggregates alone of data that may not be redistributed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from simworth.data.records import QualityReport, ReleaseQuality
from simworth.tracking.server import serving
from tests.tracking.asked import client, runs
from tests.tracking.made import TRIALS, Project, keep_units
from tests.tracking.test_server import free_port

SECRET = "*CC(C#N)(F)*"
AGGREGATES = {"mae", "rmse", "r2", "pretrain_epochs", "finetune_epochs"}
Publish = Callable[[Project], str]


def released(redistribute: bool) -> ReleaseQuality:
    """An empty release."""
    counts = ("rows_read", "rows_kept", "rows_repeated", "rows_broken", "rows_without_values", "rows_lost")
    none = dict.fromkeys((*counts, "values_read", "values_kept"), 0)
    empty = {"dropped": (), "properties": {}, "classes": {}, "units": {}, "notes": ()}
    return ReleaseQuality.model_validate({**none, **empty, "redistribute": redistribute})


@pytest.fixture(params=["database", "release"])
def private(made: Project, request: pytest.FixtureRequest) -> Project:
    """polyinfo, or one release of it, may not be redistributed; a trial failed at a structure that nobody may see."""
    import pandas as pd

    if request.param == "database":
        params = (made.root / "params.yaml").read_text()
        closed = params.replace("releases: [rhnet, openpoly]}", "releases: [rhnet, openpoly], redistribute: false}")
        (made.root / "params.yaml").write_text(closed)
    else:
        report = made.root / "data/quality/polyinfo.json"
        releases = {name: released(name != "rhnet") for name in ("rhnet", "openpoly")}
        QualityReport.read(report).model_copy(update={"releases": releases}).write(report)
    (made.root / "results/sweeps/refractive_index.json").unlink()
    keep_units(made, "density")
    trials = pd.read_parquet(made.table("trials", "density"))
    trials["reason"] = trials["reason"].where(trials["reason"] == "", f"fine-tuning: {SECRET} is not finite")
    trials.to_parquet(made.table("trials", "density"), index=False)
    return made


def everything(asked: MlflowClient) -> list[str]:
    """All that a store says of its runs, and the files that they keep."""
    ids = [one.experiment_id for one in asked.search_experiments()]
    found = asked.search_runs(ids, "", max_results=1000)
    files = [file.path for run in found for file in asked.list_artifacts(run.info.run_id, "models")]
    return [str(run.to_dictionary()) for run in found] + files


def test_server_gets_every_trial_and_nothing_but_aggregates(
    private: Project, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(f"sqlite:///{private.root / 'mlflow.db'}", private.root, free_port()) as (address, _):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        said = publish(private)
        asked = MlflowClient(address)
        (trials,) = asked.search_experiments(filter_string="name = 'density/trials'")
        found = asked.search_runs([trials.experiment_id])
        assert len(found) == 4 * TRIALS
        assert {name for run in found for name in run.data.metrics} == AGGREGATES
        told = everything(asked)
        assert not [one for one in told if SECRET in one or "safetensors" in one]
        assert "density: aggregates alone" in said and not asked.search_registered_models()

        monkeypatch.setenv("SIMWORTH_PRIVATE_MLFLOW", f"http://elsewhere:1 {address}/")
        assert "0 runs added" not in publish(private)
        assert [one for one in everything(asked) if "safetensors" in one]


def test_store_on_this_machine_gets_everything(private: Project, publish: Publish) -> None:
    assert "aggregates" not in publish(private)
    (run,) = runs(private, "density", "params.n = '300'")
    assert run.data.tags["simworth.models"] == "3 trials"
    (failed,) = runs(private, "density/trials", "attributes.status = 'FAILED'")
    assert SECRET in failed.data.tags["mlflow.note.content"]
    assert Path(client(private).download_artifacts(run.info.run_id, "models")).is_dir()
