"""`dvc repro` as a child process whose output is passed on, stage by stage."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from simworth.signals import ended_by, interrupt

_RUNNING: Final = re.compile(r"Running stage '(.+)':$")
_CACHED: Final = re.compile(r"Stage '(.+)' is cached - skipping run")
_UNCHANGED: Final = re.compile(r"'(.+)' didn't change, skipping$")
_NOISE: Final = re.compile(
    r"(> |(Updating|Generating) lock file|Data and pipelines are|Verifying data sources|Use `dvc push`"
    r"|To (track the changes with git|enable auto staging), run:|\t(git add|dvc config) |\s*$)"
)
"""lines that tell a reader nothing; a command that fails stands in dvc's error"""
_PATIENCE: Final = 15.0
"""seconds a child may take to end when asked to"""

Say = Callable[[str], None]


@dataclass
class Repro:
    """What became of the stages."""

    stages: int = 0
    """stages to go through, 0 where unknown"""
    code: int = 0
    """exit code of dvc"""
    ran: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    """taken from DVC's run cache"""
    unchanged: list[str] = field(default_factory=list)

    @property
    def last(self) -> str:
        """The stage that ran last: the one that failed, where one failed."""
        return self.ran[-1] if self.ran else ""

    def note(self, line: str) -> str:
        """Enter one line of dvc's output; returns what to show of it, '' for nothing."""
        if found := _UNCHANGED.search(line):
            self.unchanged += [] if found[1].endswith(".dvc") else [found[1]]
            return ""
        if found := _RUNNING.search(line):
            self.ran.append(found[1])
            return f"{self._place()} {found[1]}"
        if found := _CACHED.search(line):
            self.restored.append(found[1])
            return f"{self._place()} {found[1]}: taken from DVC's cache"
        return "" if _NOISE.match(line) else line

    def _place(self) -> str:
        done = len(self.ran) + len(self.restored) + len(self.unchanged)
        return f"[{done}/{self.stages}]" if self.stages else "stage"


def dvc_repro(targets: Sequence[str], stages: int, say: Say) -> Repro:
    """Run `dvc repro` in the working folder; an interruption ends it and all its children first.

    `stages` is their number, 0 where unknown; `say` is given each line worth reading.
    """
    done = Repro(stages)
    with _child([sys.executable, "-m", "dvc", "repro", *targets]) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if shown := done.note(line.rstrip()):
                say(shown)
    done.code = child.returncode
    return done


def count_stages(pipeline: Path, params: Path) -> int:
    """Stages of a dvc.yaml whose `foreach` are mappings or lists of params.yaml, or their own."""
    yaml = YAML(typ="safe")
    known, stages = yaml.load(params), yaml.load(pipeline)["stages"]
    return sum(_times(stage.get("foreach"), known) for stage in stages.values())


def _times(foreach: str | Sized | None, known: Mapping[str, Sized]) -> int:
    if isinstance(foreach, str):
        foreach = known.get(foreach.strip("${} "))
    return 1 if foreach is None else len(foreach)


def _environment() -> dict[str, str]:
    """Stages call `simworth`: the one of this interpreter, its output unbuffered."""
    here = str(Path(sys.executable).parent)
    path = os.pathsep.join([here, os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", "DVC_NO_ANALYTICS": "1", "SIMWORTH_RUN": "1"}


@contextlib.contextmanager
def _child(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A child in a session of its own, so that whatever it started ends with it."""
    with ended_by(interrupt):
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
            env=_environment(),
            start_new_session=True,
        )
        try:
            yield child
            child.wait()
        finally:
            _end(child)


def _end(child: subprocess.Popen[str]) -> None:
    """Ask the child's whole group to stop as Ctrl-C would, then make it."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        if child.poll() is None:
            _signal(child, sign)
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                child.wait(_PATIENCE)
    _signal(child, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _signal(child: subprocess.Popen[str], sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, sign)
