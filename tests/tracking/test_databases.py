"""Trials written to the database behind a server, or to PostgreSQL itself, in one transaction."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from mlflow import MlflowClient

from benchmarks.postgres import temporary_postgres
from benchmarks.publishing import trials
from simworth.errors import SimworthError
from simworth.tracking import sql_rows
from simworth.tracking.databases import tables_of
from simworth.tracking.mlflow_store import Store, reported
from simworth.tracking.server import serving
from simworth.tracking.sql_rows import RunTables
from tests.tracking.made import TRIALS, Project
from tests.tracking.test_server import free_port

SENT = trials(40)


@pytest.fixture
def requested(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses of all requests."""
    asked: list[str] = []
    real = requests.Session.send

    def send(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        asked.append(str(request.url))
        return real(self, request, **more)

    monkeypatch.setattr(requests.Session, "send", send)
    return asked


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Iterator[tuple[str, str]]:
    """(address, database behind it) of an MLflow server."""
    root = tmp_path_factory.mktemp("server")
    shutil.copy(empty_store, root / "mlflow.db")
    database = f"sqlite:///{root / 'mlflow.db'}"
    with serving(database, root, free_port()) as (address, _):
        yield address, database


def content(store: Store, experiment: str) -> list[tuple[Any, ...]]:
    """What MLflow says of an experiment's runs, ids and times left out."""
    runs = store.client.search_runs([experiment], max_results=1000)
    return sorted((run.info.run_name, run.info.status, run.data.params, run.data.metrics) for run in runs)


def test_a_trial_takes_three_requests_or_none_with_the_database_named(
    server: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    requested: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The same runs both ways, and no line a run on the terminal."""
    address, database = server
    over = Store(address, tmp_path)
    sent = over.experiment("over")
    requested.clear()
    assert over.send(sent, SENT, "v", lambda _: None) == len(SENT)
    assert len(requested) == 3 * len(SENT) + 1, "and one that asks what is there"
    monkeypatch.setenv("SIMWORTH_MLFLOW_DATABASE", database)
    behind = Store(address, tmp_path)
    written = behind.experiment("behind")
    requested.clear()
    assert behind.send(written, SENT, "v", lambda _: None) == len(SENT)
    assert behind.send(written, SENT, "v", lambda _: None) == 0
    assert len(requested) <= 4, "however many trials"
    assert content(over, written) == content(over, sent)
    assert "View run" not in capfd.readouterr().out


def test_publishing_with_the_database_named(
    server: tuple[str, str],
    made: Project,
    empty_store: Path,
    publish: Callable[[Project], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, database = server
    (made.root / "results/sweeps/refractive_index.json").unlink()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.setenv("SIMWORTH_MLFLOW_DATABASE", f"sqlite:///{empty_store}")
    assert "mlflow.db is not the database behind http" in publish(made)
    monkeypatch.setenv("SIMWORTH_MLFLOW_DATABASE", database)
    assert "density: 21 runs added" in publish(made)
    (found,) = MlflowClient(address).search_experiments(filter_string="name = 'density/trials'")
    assert len(MlflowClient(address).search_runs([found.experiment_id])) == 4 * TRIALS


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """An empty database of a PostgreSQL server of its own."""
    try:
        with temporary_postgres() as address:
            yield address
    except SimworthError as error:
        pytest.skip(str(error))


@pytest.mark.soak
def test_postgres_gets_every_trial_once_whoever_dies(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A publisher that dies in the transaction leaves nothing; MLflow's client reads what the next one wrote."""
    store = Store(postgres, tmp_path)
    assert store.by_hand, "the tables are those that are written without MLflow"
    fast, slow = store.experiment("fast"), store.experiment("slow")

    real = sql_rows._rows

    def half(*given: Any) -> dict[str, Any]:
        made = real(*given)
        return made | {"metrics": dying(made["metrics"])}

    with monkeypatch.context() as there, pytest.raises(KeyboardInterrupt):
        there.setattr(sql_rows, "_rows", half)
        store.send(fast, SENT, "v", lambda _: None)
    assert store.found(fast) == {}
    assert store.send(fast, SENT, "v", lambda _: None) == len(SENT)
    assert store.send(fast, SENT, "w", lambda _: None) == 0
    monkeypatch.setattr(Store, "by_hand", False)
    assert store.send(slow, SENT, "w", lambda _: None) == len(SENT), "sixteen senders find a connection each"
    assert content(store, fast) == content(store, slow)


def dying(some: list[Any]) -> Iterator[Any]:
    """The first of them, then a kill."""
    yield some[0]
    raise KeyboardInterrupt


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    address = f"postgresql://nobody@127.0.0.1:{free_port()}/mlflow"
    tables = tables_of(address)
    assert isinstance(tables, RunTables)
    with pytest.raises(SimworthError, match="all results are kept here"), reported(address):
        tables.known()
