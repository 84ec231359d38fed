"""`simworth value --new` that kills itself and all that it started: python -m tests.soak.dying STEP."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import psutil

import simworth.data.add
import simworth.data.watch
import simworth.pipeline.repro
import simworth.pipeline.run
from simworth.cli import main
from simworth.pipeline import value
from simworth.pipeline.repro import Repro


def die(*_: object, **__: object) -> None:
    """As a machine that loses its power: no process of the run does anything more."""
    children = psutil.Process().children(recursive=True)
    for act in ("suspend", "kill"):
        for child in children:
            getattr(child, act)()
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str) -> None:
    setattr(owner, name, die)


def after(owner: Any, name: str) -> None:
    real = getattr(owner, name)
    setattr(owner, name, lambda *args, **more: die(real(*args, **more)))


def in_stage(name: str) -> None:
    """As soon as `dvc repro` says that it runs the stage."""
    real = Repro.note

    def note(self: Repro, line: str) -> str:
        return str(die()) if f"Running stage '{name}'" in line else real(self, line)

    Repro.note = note  # type: ignore[method-assign]


def at_git(word: str) -> None:
    real = value.git
    value.git = lambda *words: die() if words[0] == word and len(words) == 2 else real(*words)  # type: ignore[attr-defined]


STEPS: Final[Mapping[str, Callable[[], None]]] = {
    "watching": partial(before, value, "watch"),
    "fetching": partial(after, simworth.data.watch, "download"),
    "adding": partial(before, simworth.data.add, "track"),
    "added": partial(after, value, "add_news"),
    "selecting": partial(in_stage, "select@radonpy"),
    "sweeping": partial(in_stage, "sweep@density"),
    "fitting": partial(in_stage, "fit@density"),
    "entering the ledger": partial(in_stage, "ledger"),
    "writing the page": partial(in_stage, "scaling-report"),
    "publishing": partial(before, simworth.pipeline.run, "_publish"),
    "summarising": partial(after, value, "write_whole"),
    "committing": partial(before, value, "commit"),
    "committed": partial(after, value, "commit"),
    "tagging": partial(at_git, "tag"),
    "tagged": partial(before, value, "_unpushed"),
    "pushing": partial(before, value, "push_commits"),
    "pushing data": partial(before, value, "run_dvc"),
    "pushed": partial(after, value, "run_dvc"),
}
"""steps of a valuation in their order -> how to die there"""

if __name__ == "__main__":
    STEPS[sys.argv[1]]()
    sys.exit(main(["value", "--new"]))
