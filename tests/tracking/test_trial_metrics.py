"""What MLflow is told of the trials and sizes of stages that ran."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient
from ruamel.yaml import YAML

from simworth.valuation.records import Fit
from tests.extend.pages import write_files
from tests.stages import fitted_project


def test_a_metric_that_a_task_names_is_sent_with_its_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    project = fitted_project(tmp_path)
    write_files("extend/metric.md", project.root)
    path, yaml = project.root / "params.yaml", YAML()
    settings = yaml.load(path.read_text())
    settings["modules"] = ["extensions/within.py"]
    settings["tasks"]["density"]["metrics"] = ["within_tenth"]
    yaml.dump(settings, path)
    project.again("sweep@density", "fit@density")
    project.simworth("publish")
    client = MlflowClient(f"sqlite:///{project.root / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("density/trials")
    sent = [
        (int(run.data.params["n"]), int(run.data.params["trial"]), run.data.metrics["within_tenth"])
        for run in client.search_runs([experiment.experiment_id], max_results=1000)
    ]
    trials = pd.read_parquet(project.root / "results/trials/density.parquet")
    kept = trials[["n", "trial", "within_tenth"]].itertuples(index=False, name=None)
    assert sorted(sent) == sorted(kept)


def test_a_size_has_the_error_of_the_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A material counts once in it, however many trials tested it."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    project = fitted_project(tmp_path)
    project.simworth("publish")
    client = MlflowClient(f"sqlite:///{project.root / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("density").experiment_id
    sizes = client.search_runs([experiment], "tags.`simworth.kind` = 'size' and params.learning = 'transfer'")
    curve = {point.n: point.mae for point in Fit.read(project.root / "results/fits/density.json").curve}
    assert {int(run.data.params["n"]): run.data.metrics["mae"] for run in sizes} == curve
    assert any(run.data.metrics["mae_mean_of_trials"] != run.data.metrics["mae"] for run in sizes)
