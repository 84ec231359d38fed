"""What a user finds in MLflow, and that publishing again adds nothing."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pandas as pd
import pytest
from mlflow.entities import ViewType

from simworth.environment import store_root
from simworth.scaling import Estimate
from simworth.sweep.records import SweepSummary
from simworth.sweep.shards import note_seconds, shard_path
from simworth.tracking.mlflow_store import tracking_to
from simworth.valuation.pieces import ClassValuation, Gain, RequiredN
from simworth.valuation.records import Fit
from simworth.valuation.words import VERDICTS
from tests.tracking.asked import Publish, all_runs, client, parent, runs
from tests.tracking.made import MD5, SIZES, TRIALS, M, Project, add_task, error, keep_units, project


def test_publishing_twice_adds_none(made: Project, publish: Publish) -> None:
    assert "density: 21 runs added" in publish(made)
    first = all_runs(made)
    assert len(first) == 2 * (1 + (1 + len(SIZES)) * (1 + TRIALS))
    assert publish(made).startswith("MLflow: nothing new")
    for receipt in (Path(made.root.parent) / "store/published").glob("*.json"):
        receipt.unlink()
    assert publish(made).startswith("MLflow: nothing new")
    assert all_runs(made) == first


def test_nothing_new_needs_no_mlflow(made: Project, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(made)
    monkeypatch.setitem(__import__("sys").modules, "simworth.tracking.mlflow_store", None)
    assert publish(made).startswith("MLflow: nothing new")


def test_deleted_store_is_filled_again(made: Project, publish: Publish, empty_store: Path) -> None:
    publish(made)
    for file in made.root.glob("mlflow.db*"):
        file.unlink()
    (made.root / "mlflow.db").write_bytes(empty_store.read_bytes())
    assert "density: 21 runs added" in publish(made)


def test_filters_that_a_user_types_find_exactly_the_right_runs(made: Project, publish: Publish) -> None:
    publish(made)
    found = runs(made, "density/trials", "params.task = 'density' and params.n = '100'")
    assert sorted(run.data.params["trial"] for run in found) == [str(trial) for trial in range(TRIALS)]
    assert {run.data.metrics["mae"] for run in found} == {error(100, trial) for trial in range(TRIALS)}
    assert len(runs(made, "density/trials", "params.source_release = 'PI1070' and params.n = '1000'")) == TRIALS
    assert not runs(made, "density/trials", "params.source_release = 'another'")
    assert len(runs(made, "density/trials", "params.learning = 'direct'")) == TRIALS
    assert len(runs(made, "density/trials", f"params.source_md5 = '{MD5['radonpy']}'")) == TRIALS * 4
    valuation = parent(made).data.tags["simworth.valuation"]
    tagged = f"tags.`simworth.valuation` = '{valuation}' and tags.`simworth.n` = '300'"
    assert len(runs(made, "density/trials", tagged)) == TRIALS
    (failed,) = runs(made, "density/trials", "attributes.status = 'FAILED'")
    assert (failed.data.params["n"], failed.data.params["trial"]) == ("300", "1")
    assert failed.data.tags["mlflow.note.content"].startswith("fine-tuning") and not failed.data.metrics.get("mae")


def test_trial_carries_its_parameters_and_metrics(made: Project, publish: Publish) -> None:
    publish(made)
    (run,) = runs(made, "density/trials", "params.n = '300' and params.trial = '2'")
    wanted = {"task": "density", "n": "300", "m": str(M), "trial": "2", "seed": str(2**63 + 2), "learning": "transfer"}
    assert wanted.items() <= run.data.params.items()
    assert run.data.params["target_md5"] == MD5["polyinfo"] and run.data.params["git_revision"]
    mae = error(300, 2)
    numbers = {"mae": mae, "rmse": 1.3 * mae, "r2": 1 - mae, "pretrain_epochs": 32, "finetune_epochs": 12}
    assert run.data.metrics == pytest.approx(numbers)


def test_curve_is_a_metric_over_n(made: Project, publish: Publish) -> None:
    publish(made)
    run = parent(made)
    history = client(made).get_metric_history(run.info.run_id, "mae")
    curve = {point.n: point.mae for point in Fit.read(made.root / "results/fits/density.json").curve}
    assert {metric.step: metric.value for metric in history} == curve
    law = {metric.step: metric.value for metric in client(made).get_metric_history(run.info.run_id, "mae_by_law")}
    assert law == pytest.approx({n: 0.4 * n**-0.5 + 0.03 for n in SIZES})
    assert run.data.metrics["alpha"] == 0.5 and "range_alpha_high" not in run.data.metrics  # unbounded
    assert run.data.metrics["predicted_x2"] == 0.04
    drawn = sorted(run.data.metrics)  # the law and the curve come first
    assert drawn[:3] == ["C", "D", "alpha"] and drawn[3] == "mae" and drawn.index("mae_low") < 9
    assert run.info.run_name == "density, PI1070, n to 1000, 4 trials, on rhnet, openpoly"
    assert run.data.params["n_max"] == "1000" and run.data.tags["simworth.verdict"] == "scaling"
    said = f"scaling: {VERDICTS['scaling']}; ten times n would lower the error by more than 5 %"
    assert run.data.tags["mlflow.note.content"] == said


def test_an_open_verdict_says_what_would_settle_it(made: Project, publish: Publish) -> None:
    path = made.root / "results/fits/density.json"
    fit = Fit.read(path)
    ends = {"excluded": ("a doubling gains at most 6 %",), "to_settle": ("about 120 trials (now 30) would tell",)}
    fit.model_copy(update={"entry": fit.entry.model_copy(update={"verdict": "inconclusive", **ends})}).write(path)
    publish(made)
    tags = parent(made).data.tags
    assert tags["simworth.excluded"] == "a doubling gains at most 6 %"
    assert tags["mlflow.note.content"].endswith("to settle it: about 120 trials (now 30) would tell")


def test_what_a_manager_decides_by_is_sent(made: Project, publish: Publish) -> None:
    """The gain of a doubling, the n of less error and what classes gain, in numbers and in the run's description."""
    path = made.root / "results/fits/density.json"
    fit, x2 = Fit.read(path), Estimate(0.02, -0.01, 0.06)
    decided = {
        "gain": Gain(x2=x2, x4=x2, x10=x2, p_more_than={"0.01": 0.6, "0.02": 0.3, "0.05": 0.1}),
        "required_n": (RequiredN(target=0.04, relative=0.95, n=3_000.0, low=1_500.0, high=None),),
        "classes": {"PSTR": ClassValuation(measured=12, simulated=9, doubling_lowers_mae_by=Estimate(0.01, 0.0, 0.02))},
    }
    fit.model_copy(update={"entry": fit.entry.model_copy(update=decided)}).write(path)
    publish(made)
    run = parent(made)
    assert run.data.metrics["gain_x2"] == 0.02 and run.data.metrics["gain_x2_above_5"] == 0.1
    assert run.data.metrics["needed_n_5_less"] == 3_000 and run.data.metrics["needed_n_5_less_low"] == 1_500
    said = run.data.tags["mlflow.note.content"]
    assert "a doubling lowers the error by 2 % (interval -1 % to 6 %): more than 1 % with probability 0.6" in said
    assert "5 % below today's: n = 3,000 (interval above 1,500)" in said
    assert "a doubling lowers the error most for polystyrenes 0.0100" in said


def test_dataset_digest_is_the_md5_of_dvc(made: Project, publish: Publish) -> None:
    publish(made)
    inputs = {one.dataset.name: one for one in parent(made).inputs.dataset_inputs}
    assert {name: one.dataset.digest for name, one in inputs.items()} == MD5
    assert json.loads(inputs["radonpy"].dataset.source) == {"uri": "data/raw/radonpy"}
    assert [tag.value for tag in inputs["radonpy"].tags] == ["pretraining"]


def test_sizes_are_children_of_their_valuation(made: Project, publish: Publish) -> None:
    publish(made)
    children = runs(made, "density", f"tags.`mlflow.parentRunId` = '{parent(made).info.run_id}'")
    assert sorted(int(run.data.params["n"]) for run in children) == [0, *SIZES]
    (size,) = [run for run in children if run.data.params["n"] == "300"]
    assert size.data.metrics["trials"] == TRIALS - 1 and size.data.metrics["failed_trials"] == 1
    assert size.data.metrics["mae_best_trial"] == error(300, 0)


def test_trials_over_m_are_sent_too_and_shared_ones_once(made: Project, publish: Publish) -> None:
    whole = pd.read_parquet(made.table("trials", "density")).query("learning == 'transfer'")
    surface = pd.concat([whole, whole.assign(m=20)])
    made.table("surfaces", "density").parent.mkdir()
    surface.to_parquet(made.table("surfaces", "density"), index=False)
    publish(made)
    assert len(runs(made, "density/trials")) == 4 * TRIALS + 3 * TRIALS
    assert len(runs(made, "density/trials", "params.n = '100' and params.m = '20'")) == TRIALS
    assert len(runs(made, "density")) == 1 + 1 + len(SIZES)


def test_experiments_open_as_model_training_with_a_view(made: Project, publish: Publish) -> None:
    publish(made)
    for name, column in (("density", "metrics.`alpha`"), ("density/trials", "params.`trial`")):
        experiment = client(made).get_experiment_by_name(name)
        assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
        view = json.loads(experiment.tags["mlflow.sharedViewState.simworth"])
        assert column in view["selectedColumns"]
        way = "ASC" if view["orderByAsc"] else "DESC"  # the page asks the server so
        assert client(made).search_runs([experiment.experiment_id], order_by=[f"{view['orderByKey']} {way}"])


def test_waiting_task_sends_nothing(made: Project, publish: Publish) -> None:
    assert "heat_capacity" not in publish(made)
    assert client(made).get_experiment_by_name("heat_capacity") is None


def test_more_trials_keep_those_that_are_there(made: Project, publish: Publish) -> None:
    publish(made)
    before, old = {run.info.run_id for run in runs(made, "density/trials")}, parent(made)
    add_task(made, "density", trials=TRIALS + 2)
    assert "density: 13 runs added" in publish(made)  # 2 trials at 4 sizes, a valuation with 4 sizes
    after = runs(made, "density/trials")
    assert before < {run.info.run_id for run in after} and len(after) == 4 * (TRIALS + 2)
    newest = {run.data.tags["simworth.valuation"] for run in after}
    assert len(newest) == 1 and old.data.tags["simworth.valuation"] not in newest
    once = [run for run in after if old.data.tags["simworth.valuation"] in run.data.tags["simworth.valuations"]]
    assert {run.info.run_id for run in once} == before
    assert len(runs(made, "density", "tags.`simworth.kind` = 'valuation'")) == 2


def test_what_was_deleted_in_mlflow_stays_deleted(made: Project, publish: Publish) -> None:
    publish(made)
    victim = runs(made, "density/trials")[0].info.run_id
    client(made).delete_run(victim)
    add_task(made, "density", trials=TRIALS + 1)
    publish(made)
    assert victim not in {run.info.run_id for run in runs(made, "density/trials")}
    assert len(runs(made, "density/trials", view=ViewType.ALL)) == 4 * (TRIALS + 1)
    client(made).delete_experiment(client(made).get_experiment_by_name("density/trials").experiment_id)
    add_task(made, "density", trials=TRIALS + 2)
    said = publish(made)
    assert said.startswith("1: ") and "'density/trials': is deleted" in said and "mlflow experiments restore" in said


def test_store_that_is_down_is_one_line_and_nothing_is_lost(
    made: Project, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    said = publish(made)
    assert said.startswith("4: simworth: error: MLflow store http://127.0.0.1:9: cannot be reached")
    assert said.count("\n") == 1 and "sends them later" in said
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert "density: 21 runs added" in publish(made)


def test_a_driver_that_is_not_here_is_one_line(
    made: Project, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://127.0.0.1:9/mlflow")
    said = publish(made)
    assert said.startswith("4: ") and said.count("\n") == 1 and "pip install 'simworth[postgres]'" in said


def test_store_that_is_no_database_is_one_line(made: Project, publish: Publish) -> None:
    (made.root / "mlflow.db").write_bytes(b"not a database, though as long as one's header is" * 40)
    said = publish(made)
    assert said.startswith("4: simworth: error: MLflow store") and said.count("\n") == 1


def test_times_are_metrics_where_they_are_known(made: Project, publish: Publish) -> None:
    """A unit of ten trials took 5 s, another size is not known; the whole curve is then not known either."""
    keep_units(made, "density")
    for shard in SweepSummary.read(made.summary("density")).shards:
        if shard.n != 1000:
            note_seconds([shard_path(store_root(), shard.digest)], 5.0)
    publish(made)
    assert {run.data.metrics.get("train_seconds") for run in runs(made, "density", "params.n = '300'")} == {5.0}
    assert {run.data.metrics.get("train_seconds") for run in runs(made, "density/trials", "params.n = '300'")} == {0.5}
    unknown = [*runs(made, "density", "params.n = '1000'"), *runs(made, "density", "tags.simworth.kind = 'valuation'")]
    assert len(unknown) == 2 and all("train_seconds" not in run.data.metrics for run in unknown)


def test_fresh_project_makes_its_store(tmp_path: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `mlflow ui` opens there: mlflow.db in the folder, files in mlartifacts/, no mlruns/."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    made = project(tmp_path, ("density",))
    keep_units(made, "density")
    publish(made)
    assert (tmp_path / "mlflow.db").is_file() and not (tmp_path / "mlruns").exists()
    location = client(made).get_experiment_by_name("density").artifact_location
    assert location == (tmp_path / "mlartifacts/density").as_uri()
    assert len(list((tmp_path / "mlartifacts/density").rglob("*.safetensors"))) == 1 + len(SIZES)


def test_moved_project_finds_its_files(
    made: Project, publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_units(made, "density")
    publish(made)
    moved = Project(made.root.rename(tmp_path / "elsewhere"))
    monkeypatch.chdir(moved.root)
    add_task(moved, "density", trials=TRIALS + 1)
    publish(moved)
    assert not made.root.exists()
    for run in runs(moved, "density", "params.n = '300'"):
        path = client(moved).download_artifacts(run.info.run_id, f"models/transfer-n300-m{M}.safetensors")
        assert Path(path).stat().st_size > 100


def test_a_store_lent_to_mlflow_is_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow writes what it is told, and its default when told that, into the environment of all that follows."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with tracking_to(f"sqlite:///{tmp_path / 'mlflow.db'}"):
        assert "MLFLOW_TRACKING_URI" in os.environ
    assert "MLFLOW_TRACKING_URI" not in os.environ
