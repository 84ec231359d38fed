"""A sweep as a user starts it: processes that can be killed, and files that can be compared."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from simworth.sweep.records import SweepSummary
from tests.model.letters import lab

ROOT = Path(__file__).parents[2]
PARAMS = """
seed: 5
databases: {sim: {releases: [one]}, lab: {releases: [two]}}
properties:
  density: {unit: g/cm^3, range: [0.0, 9.0]}
tasks:
  density:
    property: density
    source: {database: sim}
    target: {database: lab}
    descriptors: [letters]
    trials: 20
    grid: {points: 5, n_min: 40}
    training: {hidden: [64, 32], max_epochs: EPOCHS, patience: EPOCHS, input_steps: {letters: [norm]}}
"""
UNITS = 12
"""two blocks of trials: five n and direct learning"""


@dataclass(frozen=True)
class Swept:
    """A task's files, where its results go, and where its units are kept."""

    root: Path
    """params.yaml, clean tables, descriptors"""
    results: Path
    store: Path
    environment: dict[str, str]

    @property
    def log(self) -> Path:
        return self.results / "log.jsonl"

    @property
    def command(self) -> list[str]:
        """`simworth sweep density` with all its paths."""
        given = {"params": "params.yaml", "prepared": "prepared"}
        made = {"trials": "t.parquet", "predictions": "p.parquet", "summary": "s.json"}
        paths = [(name, self.root / file) for name, file in given.items()]
        paths += [(name, self.results / file) for name, file in made.items()]
        return ["sweep", "density", *(text for name, path in paths for text in (f"--{name}", str(path)))]

    def apart(self, name: str, **environment: str) -> Swept:
        """The same task with results and store of its own."""
        place = self.root / name
        place.mkdir()
        return replace(self, results=place, store=place / "store", environment=self.environment | environment)

    def with_workers(self, count: int) -> Swept:
        """The same in so many processes."""
        return replace(self, environment=self.environment | {"SIMWORTH_WORKERS": str(count)})

    def start(self, *command: str, module: str = "simworth", **more: Any) -> subprocess.Popen[str]:
        """Begin it, or another command, in a session of its own."""
        here = str(Path(sys.executable).parent)
        own = {
            "SIMWORTH_STORE": str(self.store),
            "SIMWORTH_LOG_FILE": str(self.log),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        }
        own["PATH"] = os.pathsep.join([here, os.environ.get("PATH", os.defpath)])
        return subprocess.Popen(
            [sys.executable, "-m", module, *(command or self.command)],
            env=os.environ | own | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **{"cwd": self.root, **more},
        )

    def run(self, code: int = 0, **more: Any) -> str:
        """Run it to its end; what it said."""
        child = self.start(**more)
        out, said = child.communicate(timeout=600)
        assert child.returncode == code, f"ended with {child.returncode}: {said[-3000:]}"
        assert "Traceback" not in said, said[-3000:]
        return out + said

    @property
    def tables(self) -> list[bytes]:
        """Every byte that the sweep leaves."""
        return [(self.results / name).read_bytes() for name in ("t.parquet", "p.parquet", "s.json")]

    @property
    def summary(self) -> SweepSummary:
        return SweepSummary.read(self.results / "s.json")

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """Of the log, whole lines only: a killed process may leave part of one."""
        found = []
        for line in self.log.read_text(encoding="utf-8").splitlines() if self.log.is_file() else []:
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return [one for one in found if not name or one["event"] == name]

    @property
    def kept(self) -> list[str]:
        """Every unit that was noted as kept, as often as it was."""
        return [name for one in self.events("shards kept") for name in one["files"]]

    def wait_for(self, count: int, child: subprocess.Popen[str], name: str = "shards kept") -> None:
        """Until the log holds this many events."""
        deadline = time.monotonic() + 300
        while len(self.events(name)) < count and child.poll() is None:
            assert time.monotonic() < deadline, f"{name} never came {count} times"
            time.sleep(0.02)

    @property
    def units(self) -> dict[str, tuple[int, int]]:
        """Name -> (inode, time) of every unit that is kept whole."""
        files = [path for path in sorted(self.store.glob("units/*/[!.]*.safetensors")) if ".weights." not in path.name]
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


def made(root: Path, epochs: int = 6, trials: int = 20) -> Swept:
    """A task of 12 units, in an empty folder."""
    lab(root)
    text = PARAMS.replace("EPOCHS", str(epochs)).replace("trials: 20", f"trials: {trials}")
    (root / "params.yaml").write_text(text, encoding="utf-8")
    (root / "first").mkdir()
    first = {"SIMWORTH_WORKERS": "2", "SIMWORTH_QUIET": "", "OMP_NUM_THREADS": "1"}
    return Swept(root, root / "first", root / "first" / "store", first)


@contextlib.contextmanager
def paused(child: subprocess.Popen[str]) -> Iterator[None]:
    """A process without workers stands still until the block ends, however fast the machine is."""
    assert child.poll() is None, "it ended before it could be paused"
    child.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        child.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def ended(child: subprocess.Popen[str], seconds: float = 300) -> Iterator[subprocess.Popen[str]]:
    """Whatever the block finds, at its end the process is gone and its pipes are closed; a hanging one is killed."""
    with child, contextlib.ExitStack() as at_last:
        at_last.callback(child.kill)
        watch = threading.Timer(seconds, child.kill)
        at_last.callback(watch.cancel)
        watch.start()
        yield child


def kill_tree(child: subprocess.Popen[str]) -> None:
    """SIGKILL to a process and all that it started, none of which may start another meanwhile."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(child.pid)
        process.suspend()
        for one in process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.suspend()
        for one in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
