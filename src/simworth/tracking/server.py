"""MLflow's server on the project's store, started and ended by `simworth ui`."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from simworth.errors import SimworthError
from simworth.tracking.receipt import reachable

HOST: Final = "127.0.0.1"
_START: Final = 120.0
"""seconds in which the server must answer"""


@contextmanager
def serving(uri: str, root: Path, port: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """(address, process) of an MLflow server on store `uri`; it answers when the block begins and is gone at its end.

    `root` holds mlartifacts/. One worker and no background jobs: this is for one person at one screen.
    """
    if not _free(port):
        raise SimworthError(f"port {port} of {HOST}: is taken; stop what uses it, or name another with --port")
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri]
    command += ["--artifacts-destination", str(root / "mlartifacts"), "--host", HOST, "--port", str(port)]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    environment = {**os.environ, **quiet}
    environment.pop("MLFLOW_TRACKING_URI", None)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--workers", "1"], cwd=root, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            address = f"http://{HOST}:{port}"
            _await(process, address, log)
            yield address, process
        finally:
            _end(process)


def _await(process: subprocess.Popen[bytes], address: str, log: IO[bytes]) -> None:
    """Until the server answers."""
    until = time.monotonic() + _START
    while reachable(address):
        if process.poll() is not None:
            log.seek(0)
            last = (log.read().decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
            raise SimworthError(f"mlflow server: ended with exit code {process.returncode}: {last}")
        if time.monotonic() > until:
            raise SimworthError(f"mlflow server: does not answer at {address} after {_START:.0f} s")
        time.sleep(0.2)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The server and the worker that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
