"""A store with MLflow's tables is made once and copied: that is most of a publication's time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from simworth.cli import main
from tests.tracking.made import Project, project


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """MLflow 3.17 uses a loader that SQLAlchemy 2.1 calls deprecated; the tests ask MLflow's client directly."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:The ``noload``:sqlalchemy.exc.SADeprecationWarning"))


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """mlflow.db without runs."""
    from simworth.tracking.mlflow_store import Store

    folder = tmp_path_factory.mktemp("mlflow")
    Store(f"sqlite:///{folder / 'mlflow.db'}", folder).client._tracking_client.store.engine.dispose()
    return folder / "mlflow.db"


@pytest.fixture
def made(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two tasks that ran and one that waits, beside an empty store."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    shutil.copy(empty_store, root / "mlflow.db")
    return project(root, ("density", "refractive_index"))


@pytest.fixture
def publish(capsys: pytest.CaptureFixture[str]) -> Callable[[Project], str]:
    """`simworth publish`; what it printed. A failure's line starts with its exit code."""

    def call(made: Project) -> str:
        code = main(["publish", *made.options])
        said = capsys.readouterr()
        return said.out if code == 0 else f"{code}: {said.err}"

    return call
