"""Whole searches on the planted task: resumable to the bit, never worse than the default, written, logged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from mlflow import MlflowClient
from ruamel.yaml import YAML

from simworth.cli import main
from simworth.config import Task, Training, load_settings
from simworth.environment import store_root
from simworth.tracking.server import serving
from simworth.tuning.inner import Evaluator, InnerError
from simworth.tuning.paired import PairedErrors
from simworth.tuning.search import Search, Tuned, search
from simworth.tuning.study import RANDOM_FIRST, Candidate, Study
from tests.sweep.planted import prepared_data, settings, task_data
from tests.tracking.test_server import free_port

DATA = task_data(simulated=90)


def wanted(candidates: int, **training: object) -> Search:
    return Search(settings(max_epochs=2, hidden=[8], **training), "density", {("made-up",): DATA}, 5, candidates, 2, 60)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Training]]:
    """Candidates are not trained: small batches and a target learning rate near 1e-3 are good. What was asked for."""
    asked: list[Training] = []

    def instead(_: Evaluator, task: Task, trials: range, n: int) -> list[InnerError]:
        training = task.training
        asked.append(training)
        if training.batch_size == 128:
            return [InnerError(float("nan"), "made to fail")] * len(trials)
        error = 0.1 + training.batch_size / 1000 + abs(training.target_learning_rate - 1e-3)
        return [InnerError(error + trial * 0.01 + (trial % 2) * 1e-4 * training.patience, "") for trial in trials]

    monkeypatch.setattr(Evaluator, "__call__", instead)
    yield asked


def outcome(found: Tuned) -> list[tuple[Any, ...]]:
    return [(one.number, one.point, one.errors, one.reason) for one in found.candidates]


def test_a_resumed_study_equals_an_uninterrupted_one(measured: list[Training], tmp_path: Path) -> None:
    whole = outcome(search(wanted(RANDOM_FIRST + 6), tmp_path / "whole"))
    for stop in (1, 4, RANDOM_FIRST + 2):
        search(wanted(stop), tmp_path / "parts")

    def cut(candidate: Candidate) -> None:
        if candidate.number == RANDOM_FIRST + 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(wanted(RANDOM_FIRST + 6), tmp_path / "parts", cut)
    assert outcome(search(wanted(RANDOM_FIRST + 6), tmp_path / "parts")) == whole
    assert len({str(one[1]) for one in whole}) == len(whole), "candidates differ"
    asked = len(measured)
    assert outcome(search(wanted(RANDOM_FIRST + 6), tmp_path / "parts")) == whole
    assert len(measured) == asked, "nothing is evaluated twice, the confirmation included"
    assert len(list((tmp_path / "parts" / "tuning").glob("*.db"))) == 1, "all of it is one study"


def test_another_seed_and_other_settings_are_other_studies(measured: list[Training], tmp_path: Path) -> None:
    first = search(wanted(4), tmp_path)
    again = search(wanted(4, patience=6), tmp_path)
    assert again.before.training.patience == 6 and again.candidates[0].point["patience"] == 6
    assert first.candidates[0].point["patience"] == 5
    assert len(list((tmp_path / "tuning").glob("*.db"))) == 2


def test_the_default_is_candidate_0_and_never_beaten_by_a_worse_one(measured: list[Training], tmp_path: Path) -> None:
    what = wanted(25)
    found = search(what, tmp_path)
    assert measured[0] == what.settings.tasks["density"].training
    assert found.chosen.after <= found.chosen.before
    failed = [one for one in found.candidates if not one.errors]
    assert failed and all(one.reason == "2 of 2 trials; trial 0: made to fail" for one in failed)
    assert found.best.number and found.confirmed.better


@pytest.mark.parametrize("workers", ["1", "2"])
def test_real_training_is_the_same_with_any_number_of_workers(
    workers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference_run: list[tuple[Any, ...]]
) -> None:
    monkeypatch.setenv("SIMWORTH_WORKERS", workers)
    assert outcome(search(wanted(3), tmp_path)) == reference_run


@pytest.fixture(scope="module")
def reference_run(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMWORTH_WORKERS", "1")
        return outcome(search(wanted(3), tmp_path_factory.mktemp("reference")))


def test_an_exception_in_training_is_a_failed_candidate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object) -> list[InnerError]:
        raise RuntimeError("no\nmemory")

    monkeypatch.setattr("simworth.tuning.inner.inner_errors", broken)
    assert main(["tune", "density", "--params", str(project(tmp_path, monkeypatch)), "--candidates", "2"]) == 1
    kept = Study(next((store_root() / "tuning").glob("*.db")), {}, 0)
    assert [one.reason for one in kept.candidates()] == ["5 of 5 trials; trial 0: RuntimeError: no memory"] * 2
    kept.close()


def project(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the planted task's params.yaml, its tables replaced by arrays."""
    side = {"database": "db"}
    task = {"property": "density", "source": side, "target": side, "descriptors": ["made-up"]}
    training = {"hidden": [8], "max_epochs": 2, "batch_size": 64, "input_steps": {"made-up": ["norm"]}}
    content = {
        "seed": 11,
        "databases": {"db": {"releases": ["one"]}},
        "properties": {"density": {"unit": "g/cm^3", "range": [0, 9]}},
        "tasks": {"density": task | {"grid": {"points": 5, "n_min": 40}, "training": training}},
    }
    with (root / "params.yaml").open("w") as file:
        YAML().dump(content, file)
    prepared_data(simulated=90).write(root / "data/prepared/density")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # nobody answers
    return root / "params.yaml"


Tune = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tune(capsys: pytest.CaptureFixture[str]) -> Tune:
    """`simworth tune density`: exit code, stdout, stderr."""

    def call(params: Path, *options: str) -> tuple[int, str, str]:
        code = main(["tune", "density", "--params", str(params), *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_what_is_better_is_written_and_a_store_that_is_down_stops_nothing(
    measured: list[Training], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    params = project(tmp_path, monkeypatch)
    before = params.read_text()
    code, out, err = tune(params, "--candidates", "20", "--dry-run")
    assert (code, params.read_text()) == (0, before)
    assert "is better than the present settings" in out and "unchanged; --write writes" in out
    assert re.search(r"^batch_size +64 +(8|16|32)$", out, re.M) and "standard error" in out
    assert "candidate 20 of 20" in err and "s left" in err
    assert "MLflow: candidates not sent: MLflow store http://127.0.0.1:9: cannot be reached" in err
    code, out, _ = tune(params, "--candidates", "20")
    assert code == 0 and "tasks.density: hidden, " in out.splitlines()[-1] and params.read_text() != before
    how = load_settings(params).tasks["density"].found_by
    assert re.match(r"simworth tune on validation splits \(20 candidates, n = \d+\): .* fresh trials, where the ", how)


def test_direct_learning_is_searched_alike(
    measured: list[Training], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    params = project(tmp_path, monkeypatch)
    code, out, _ = tune(params, "--candidates", "4", "--n", "0", "--keep", "batch_size", "--dry-run")
    assert code == 0 and {one.batch_size for one in measured} == {64}
    assert len({one.learning_rate for one in measured}) == 1 < len({one.target_learning_rate for one in measured})
    assert {one.frozen for one in measured} == {0}
    assert "batch_size" not in out and "\nlearning_rate" not in out and "\ntarget_learning_rate" in out


def test_what_is_not_distinguishable_is_written_only_on_demand(
    measured: list[Training], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    params = project(tmp_path, monkeypatch)
    before = params.read_text()
    equal = PairedErrors(1.0, 0.99, 0.05, 10)
    monkeypatch.setattr(PairedErrors, "of", lambda *_: equal)
    _, out, _ = tune(params, "--candidates", "12")
    assert "is not distinguishably better" in out and params.read_text() == before
    _, out, _ = tune(params, "--candidates", "12", "--write")
    assert "is not distinguishably better" in out and params.read_text() != before


def test_candidates_are_runs_of_an_experiment_sent_once(
    measured: list[Training],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tune: Tune,
) -> None:
    params = project(tmp_path, monkeypatch)
    tune(params, "--candidates", "3", "--dry-run")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    for _ in range(2):
        tune(params, "--candidates", "6", "--dry-run")
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("density/tuning")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert sorted(int(run.data.params["candidate"]) for run in runs) == list(range(6)), "those that waited, too"
    for run in runs:
        assert ("objective" in run.data.metrics) == (run.info.status == "FINISHED")
        assert {"learning_rate", "hidden", "task"} <= set(run.data.params)


def test_an_open_server_is_not_told_why_a_candidate_of_private_data_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    def broken(*_: object) -> list[InnerError]:
        raise ValueError("*CC(*)C is not finite")

    params = project(tmp_path, monkeypatch)
    params.write_text(params.read_text().replace("  db:\n", "  db:\n    redistribute: false\n"))
    monkeypatch.setattr("simworth.tuning.inner.inner_errors", broken)
    with serving(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path, free_port()) as (address, _):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        tune(params, "--candidates", "1")
        monkeypatch.setenv("SIMWORTH_PRIVATE_MLFLOW", address)
        tune(params, "--candidates", "1", "--seed", "5")
        client = MlflowClient(address)
        experiment = client.get_experiment_by_name("density/tuning").experiment_id
        told = [run.data.tags.get("simworth.reason") for run in client.search_runs([experiment])]
    assert told == ["5 of 5 trials; trial 0: ValueError: *CC(*)C is not finite", None]


def test_a_waiting_task_and_an_impossible_n_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    params = project(tmp_path, monkeypatch)
    for n in ("91", "9"):
        code, _, err = tune(params, "--n", n)
        assert (
            code == 1
            and f"--n must be 0 (direct learning), or 10 to 90, the simulated samples that there are, got {n}" in err
        )
    prepared_data(measured=0).write(tmp_path / "data/prepared/density")
    code, _, err = tune(params)
    assert code == 1 and "is waiting: database db has no measurements of density yet" in err


def test_a_study_that_is_taken_or_damaged_is_one_line(
    measured: list[Training], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tune: Tune
) -> None:
    params = project(tmp_path, monkeypatch)
    tune(params, "--candidates", "1")
    (study,) = (store_root() / "tuning").glob("*.db")
    with FileLock(study.with_suffix(".lock")):
        code, _, err = tune(params, "--candidates", "2")
    assert code == 1 and err.count("\n") == 1 and "another process is running the same study" in err
    study.write_bytes(b"not a database" * 999)
    code, _, err = tune(params, "--candidates", "2")
    assert code == 1 and err.count("\n") == 1 and "cannot be opened" in err and "remove it" in err
