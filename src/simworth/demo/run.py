"""Run the whole pipeline in the demo's workspace, and leave the repository's as it is."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from simworth.demo.workspace import Demo, make_workspace
from simworth.environment import store_root
from simworth.pipeline.repro import Say
from simworth.pipeline.run import Publish, run

FOLDER: Final = Path(".demo")


def run_demo(demo: Demo, publish: Publish, say: Say, warn: Say, folder: Path = FOLDER, fresh: bool = False) -> None:
    """Make the workspace `folder` and run everything in it.

    Descriptors and work units are shared with the repository through the store; nothing else is.
    """
    make_workspace(demo, Path.cwd(), folder, fresh)
    say(f"demo: {demo.size} made-up polymers simulated with bias {demo.bias:g}, {demo.trials} trials, in {folder}/")
    with _inside(folder):
        run((), publish, say, warn)


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Work in `folder` with its own MLflow store, whatever server the user has."""
    before = dict(os.environ)
    os.environ["SIMWORTH_STORE"] = str(store_root())
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    os.environ.pop("DVC_ROOT", None)
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
