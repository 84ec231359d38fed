"""A tracking server that is slow, broken, or ends in the middle: one line, and every trial is sent later."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from simworth.tracking import mlflow_store
from simworth.tracking.mlflow_store import Store
from simworth.tracking.receipt import Receipt, still_there
from simworth.tracking.server import serving
from tests.tracking.made import Project
from tests.tracking.test_server import free_port

Publish = Callable[[Project], str]


class Misbehaving(BaseHTTPRequestHandler):
    """Is well when asked how it is, and otherwise does what its server was told."""

    def do_GET(self) -> None:
        ways = {"hangs": self.hang, "fails": self.fail, "talks nonsense": self.nonsense, "hangs up": self.hang_up}
        ways["asks who"] = self.guarded
        if self.path == "/health":
            self.answer(200, b"OK")
        else:
            self.server.asked.append(self.path)  # type: ignore[attr-defined]
            ways[self.server.way]()  # type: ignore[attr-defined]

    do_POST = do_GET

    def hang(self) -> None:
        self.server.released.wait(30)  # type: ignore[attr-defined]

    def fail(self) -> None:
        self.answer(500, b'{"error_code": "INTERNAL_ERROR", "message": "out of order"}')

    def nonsense(self) -> None:
        self.answer(200, b"<html>a login page</html>")

    def hang_up(self) -> None:
        self.connection.close()

    def guarded(self) -> None:
        user = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic "))
        self.answer(200 if user == b"alice:s3c@ret" else 401, b"{}")

    def answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Clients that gave up are what this is about."""


@contextmanager
def misbehaving(way: str) -> Iterator[tuple[str, list[str]]]:
    """Address of a server that behaves so, and what it was asked."""
    with _Server(("127.0.0.1", 0), Misbehaving) as server:
        server.way, server.released, server.asked = way, threading.Event(), []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", server.asked  # type: ignore[attr-defined]
        finally:
            server.released.set()  # type: ignore[attr-defined]
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("way", ["hangs", "fails", "talks nonsense", "hangs up"])
def test_a_server_in_trouble_loses_no_trial(
    made: Project, publish: Publish, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    with misbehaving(way) as (address, asked), monkeypatch.context() as there:
        there.setenv("MLFLOW_TRACKING_URI", address)
        said = publish(made)
    assert said.startswith(f"4: simworth: error: MLflow store {address}")
    assert said.count("\n") == 1 and "all results are kept here, `simworth publish` sends them later" in said
    assert len(asked) <= 6, "a server in trouble is asked over and over"
    assert "density: 21 runs added" in publish(made), "to a store that works"


def test_a_server_is_asked_in_the_name_of_its_address() -> None:
    receipt = Receipt(tasks={"density": "sent"}, parents={"density": "run"})
    with misbehaving("asks who") as (address, _):
        assert still_there(address.replace("//", "//alice:s3c%40ret@"), receipt)
        assert not still_there(address.replace("//", "//alice:else@"), receipt)


@pytest.mark.soak
@pytest.mark.parametrize("call", [1, 5, 17])
def test_a_server_that_is_killed_in_the_middle(
    made: Project, publish: Publish, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    """The real one, killed while a publisher talks to it, and started again: nothing is lost, nothing twice."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    port, store = free_port(), f"sqlite:///{made.root / 'mlflow.db'}"
    (made.root / "results/sweeps/refractive_index.json").unlink()
    real, calls = Store.log, []
    with serving(store, made.root, port) as (address, process), monkeypatch.context() as there:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)

        def log(*given: Any) -> None:
            calls.append(1)
            if len(calls) == call:
                killed(process)
            real(*given)

        there.setattr(mlflow_store.Store, "log", log)
        assert publish(made).startswith("4: simworth: error: MLflow store http")
    with serving(store, made.root, port):
        assert "density: " in publish(made)
        assert publish(made).startswith("MLflow: nothing new")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert "runs added" not in publish(made), "21 runs, each once"


def killed(process: Any) -> None:
    """The server and its worker, at once."""
    import os
    import signal

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
