"""What a user asks MLflow for."""

from __future__ import annotations

from collections.abc import Callable

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType

from tests.tracking.made import Project

Publish = Callable[[Project], str]


def client(made: Project) -> MlflowClient:
    return MlflowClient(f"sqlite:///{made.root / 'mlflow.db'}")


def runs(made: Project, experiment: str, condition: str = "", view: int = ViewType.ACTIVE_ONLY) -> list[Run]:
    found = client(made).get_experiment_by_name(experiment)
    assert found is not None, experiment
    return list(client(made).search_runs([found.experiment_id], condition, view, max_results=1000))


def all_runs(made: Project) -> set[str]:
    ids = [one.experiment_id for one in client(made).search_experiments(view_type=ViewType.ALL)]
    return {run.info.run_id for run in client(made).search_runs(ids, "", ViewType.ALL, max_results=5000)}


def parent(made: Project, task: str = "density") -> Run:
    (found,) = runs(made, task, "tags.`simworth.kind` = 'valuation'")
    return found
