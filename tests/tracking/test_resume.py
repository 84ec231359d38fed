"""A publisher that dies leaves a store that the next one completes, whichever step it died in."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from simworth.cli import main
from simworth.tracking.mlflow_store import Store
from tests.tracking.made import Project, keep_units, project

STEPS = ("begin", "log", "log_datasets", "log_file", "end", "close")
"""what a publisher does, in Store"""


def content(made: Project) -> list[object]:
    """Everything in the store that does not depend on when it was put there."""
    client = MlflowClient(f"sqlite:///{made.root / 'mlflow.db'}")
    experiments = {one.experiment_id: one.name for one in client.search_experiments()}
    found = client.search_runs(list(experiments), "", ViewType.ALL, max_results=5000)
    names = {run.info.run_id: run.info.run_name for run in found}
    rows = []
    for run in found:
        experiment, run_id = experiments[run.info.experiment_id], run.info.run_id
        row = [experiment, run.info.status, sorted(run.data.params.items()), sorted(run.data.metrics.items())]
        row.append(sorted((key, names.get(value, value)) for key, value in run.data.tags.items()))
        if not experiment.endswith("/trials"):
            row.append(sorted((m.step, m.value) for m in client.get_metric_history(run_id, "mae")))
            row.append(sorted(one.dataset.name for one in run.inputs.dataset_inputs))
            row.append([file.path for file in client.list_artifacts(run_id, "models")])
        rows.append(row)
    return sorted(rows, key=repr)


@pytest.fixture
def clean(made: Project, empty_store: Path, tmp_path: Path) -> list[object]:
    """The store of the same project where nobody disturbed the publisher."""
    keep_units(made, "density")
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    (undisturbed / "mlflow.db").write_bytes(empty_store.read_bytes())
    same = project(undisturbed, ("density", "refractive_index"))
    assert main(["publish", *same.options]) == 0
    return content(same)


@pytest.mark.parametrize("by_hand", [True, False])
def test_killed_at_every_step(
    made: Project, clean: list[object], by_hand: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "by_hand", by_hand)
    for step in STEPS:
        for after in (False, True):
            with monkeypatch.context() as dying:
                dying.setattr(Store, step, killed_in(step, 3, after))
                assert main(["publish", *made.options]) in (0, 130)
    assert main(["publish", *made.options]) == 0
    assert content(made) == clean


def killed_in(step: str, call: int, after: bool) -> object:
    """Store.<step> that dies in its call-th call, before or after its work."""
    real, calls = getattr(Store, step), []

    def dies(*args: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == call and not after:
            raise KeyboardInterrupt
        done = real(*args, **named)
        if len(calls) == call:
            raise KeyboardInterrupt
        return done

    return dies
