"""Publishing registers a task's ensemble once, without a pickle, whatever the publisher died of."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from simworth.cli import main
from simworth.features.registry import FEATURIZERS
from simworth.model.predictor import Predictor
from simworth.tracking.mlflow_store import tracking_to
from tests.extend.pages import write_files
from tests.model.letters import Lab
from tests.stages import fitted_project
from tests.tracking.made import Project, project

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload``:sqlalchemy.exc.SADeprecationWarning")


@pytest.fixture
def made(tmp_path: Path, trained: Lab, store: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose density has an ensemble."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("SIMWORTH_STORE", str(tmp_path / "own"))
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    shutil.copytree(trained.folder, root / "models/density")
    return project(root)


def test_descriptors_of_ones_own_go_with_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh process predicts with a project's own descriptors, and so does one that has MLflow's copy alone."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    others = {name: FEATURIZERS[name] for name in FEATURIZERS if name != "atom_counts"}
    monkeypatch.setattr(FEATURIZERS, "_members", others)
    demo = fitted_project(tmp_path)
    write_files("extend/featurizer.md", demo.root)
    demo.settings({"descriptors": ["atom_counts"]}, "density")
    params = demo.root / "params.yaml"
    params.write_text(f"modules: [extensions/atom_counts.py]\n{params.read_text()}")
    demo.again(*(f"{stage}@density" for stage in ("featurize", "prepare", "sweep", "fit", "model")))
    demo.simworth("publish")
    words = ["-m", "simworth", "predict", "density", "*CC*", "--json"]
    mean = json.loads(fresh(demo.root, *words))[0]["mean"]
    code = "import mlflow; print(mlflow.pyfunc.load_model('models:/density/1').predict(['*CC*'])[0]['mean'])"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{demo.root / 'mlflow.db'}")
    assert float(fresh(tmp_path / "elsewhere", "-c", code)) == mean


def fresh(folder: Path, *words: str) -> str:
    """What a process of its own in `folder` says."""
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def client(made: Project) -> MlflowClient:
    uri = f"sqlite:///{made.root / 'mlflow.db'}"
    return MlflowClient(uri, uri)  # a registry that MLflow itself was told of in this process would come first


def parent(made: Project) -> Run:
    experiment = client(made).get_experiment_by_name("density")
    (found,) = client(made).search_runs([experiment.experiment_id], "tags.`simworth.kind` = 'valuation'")
    return found


def test_ensemble_is_registered_once_whoever_dies(
    made: Project, trained: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("mlflow.models.Model.log", "mlflow.MlflowClient.create_model_version"):
        with monkeypatch.context() as dying:
            dying.setattr(name, killed)
            assert main(["publish", *made.options]) == 130
    for said in ("MLflow: model density version 1 registered", "MLflow: nothing new"):
        capsys.readouterr()
        assert main(["publish", *made.options]) == 0
        assert said in capsys.readouterr().out
    (version,) = client(made).search_model_versions("name = 'density'")
    run = parent(made)
    assert (version.run_id, run.data.tags["simworth.model_version"]) == (run.info.run_id, "density/1")
    assert version.tags["simworth.valuation"] == run.data.tags["simworth.valuation"]
    (logged,) = client(made).search_logged_models([run.info.experiment_id])
    assert str(logged.status) == "READY" and {metric.key for metric in logged.metrics} >= {"D", "alpha", "C"}
    check_files(made)
    check_answers(made, trained, monkeypatch)


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def check_files(made: Project) -> None:
    """Nothing that has to be unpickled."""
    (card,) = (made.root / "mlartifacts/density/models").rglob("MLmodel")
    text = card.read_text()
    assert "loader_module: simworth.model.server" in text and "pickle" not in text
    names = [path for path in card.parent.rglob("*") if path.is_file()]
    assert not [path for path in names if path.suffix in (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin")]
    assert not any(path.read_bytes()[:1] == b"\x80" for path in names)  # how a pickle begins
    needed = (card.parent / "requirements.txt").read_text()
    assert "rdkit==" in needed and "torch" not in needed and "simworth" not in needed
    assert (card.parent / "code/simworth/model/server.py").is_file()


def check_answers(made: Project, trained: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registered model says what the files say."""
    monkeypatch.setattr("sys.path", list(sys.path))  # MLflow puts the model's own code first
    with tracking_to(f"sqlite:///{made.root / 'mlflow.db'}"):
        model = mlflow.pyfunc.load_model("models:/density/1")
    assert "MLFLOW_TRACKING_URI" not in os.environ, "whatever runs next in this process would publish there"
    wanted = [*trained.measured[:3], "bad"]
    ours = Predictor.load(trained.folder).predict(wanted)
    assert [row["mean"] for row in model.predict(wanted)] == [one.mean for one in ours]


def test_a_damaged_store_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("tasks: {}\n")
    (tmp_path / "mlflow.db").write_bytes(b"no database of any kind" * 100)
    assert main(["predict", "density", "*CC*", "--registered"]) == 1
    *_, last = capsys.readouterr().err.splitlines()  # MLflow may say first that it opens a database
    assert last.startswith("simworth: error: model density: MLflow store") and "is not a database" in last
