"""Over HTTP: a tracking server as a store, and what `simworth ui` starts."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from simworth.errors import SimworthError
from simworth.tracking.server import HOST, serving
from simworth.tracking.tuning import CandidateLog
from tests.tracking.made import TRIALS, Project, keep_units


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def ask(url: str, content: dict[str, Any] | None = None) -> Any:
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        body = answer.read()
    return json.loads(body) if body.startswith((b"{", b"[")) else body


def test_publishing_to_a_server(
    made: Project, publish: Callable[[Project], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_units(made, "density")
    (made.root / "results/sweeps/refractive_index.json").unlink()  # 21 runs are enough over HTTP
    store = f"sqlite:///{made.root / 'mlflow.db'}"
    with serving(store, made.root, free_port()) as (address, process):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address.replace("//", "//alice:s3cret@"))
        said = [publish(made)]
        assert "density: 21 runs added" in said[0]
        with monkeypatch.context() as blind:
            blind.setitem(__import__("sys").modules, "simworth.tracking.mlflow_store", None)
            said.append(publish(made))
            assert said[-1].startswith("MLflow: nothing new")
        api = f"{address}/api/2.0/mlflow"
        ids = {
            name: ask(f"{api}/experiments/get-by-name?experiment_name={name}")["experiment"]["experiment_id"]
            for name in ("density", "density/trials")
        }
        wanted = {"experiment_ids": [ids["density/trials"]], "filter": "params.task = 'density' and params.n = '100'"}
        assert len(ask(f"{api}/runs/search", wanted)["runs"]) == TRIALS
        sizes = ask(f"{api}/runs/search", {"experiment_ids": [ids["density"]], "filter": "params.n = '100'"})
        run = sizes["runs"][0]["info"]["run_id"]
        listed = ask(f"{api}/artifacts/list?run_id={run}&path=models")["files"]
        assert [file["path"] for file in listed] == ["models/transfer-n100-m40.safetensors"]
        assert len(ask(f"{address}/get-artifact?run_uuid={run}&path={listed[0]['path']}")) > 100
    assert process.poll() is not None
    said.append(publish(made))
    assert said[-1].startswith("4: simworth: error: MLflow store http")
    log = CandidateLog(made.root, "density")
    assert log.flush().startswith("MLflow store http")
    assert not any("s3cret" in one for one in (*said, log.why)), "passwords are in no message"


def test_taken_port_is_said(made: Project) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SimworthError, match=f"port {port} of 127.0.0.1: is taken"), serving("x", made.root, port):
            pass


def test_server_that_cannot_start_says_why(made: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with (
        pytest.raises(SimworthError, match="mlflow server: ended with exit code 1: it said nothing"),
        serving("x", made.root, free_port()),
    ):
        pass


def test_parallel_senders_leave_no_run_twice_and_no_half(made: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen threads, one of which dies: the next publisher completes it, each key has one finished run."""
    from simworth.tracking.mlflow_store import Store
    from simworth.tracking.records import Metric, RunRecord

    records = [RunRecord(str(i), f"trial {i}", {"n": str(i)}, (Metric("mae", 0.1 + i),)) for i in range(60)]
    with serving(f"sqlite:///{made.root / 'mlflow.db'}", made.root, free_port()) as (address, _):
        store = Store(address, made.root)
        assert store._senders > 1
        experiment = store.experiment("e")
        real = Store.log

        def dies(self: Store, run: Any, record: RunRecord) -> None:
            if record.key == "30":
                raise KeyboardInterrupt
            real(self, run, record)

        with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
            dying.setattr(Store, "log", dies)
            store.send(experiment, records, "v", lambda _: None)
        store.send(experiment, records, "v", lambda _: None)
        assert store.send(experiment, records, "v", lambda _: None) == 0
        runs = store.client.search_runs([experiment], max_results=1000)
        assert sorted(int(run.data.params["n"]) for run in runs) == list(range(60))
        assert {run.info.status for run in runs} == {"FINISHED"}
        assert all(run.data.metrics["mae"] == 0.1 + int(run.data.params["n"]) for run in runs)
