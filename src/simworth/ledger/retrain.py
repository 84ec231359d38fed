"""Training the trials of an old revision anew, in a clone of its own, and refitting them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from simworth.errors import SimworthError
from simworth.ledger.audit import Finding
from simworth.ledger.recompute import refitted
from simworth.ledger.revision import Revision


def retrain(then: Revision, folder: str) -> Iterator[Finding]:
    """Sweep every task of a revision's ledger from its data, with its code, and compare the newest entries."""
    newest = {entry.task: entry for entry in then.ledger(folder)}
    with tempfile.TemporaryDirectory(prefix="simworth-audit-") as name:
        clone = Path(name) / "project"
        _lay(then, clone)
        for entry in newest.values():
            _dvc(["repro", "--force", "--single-item", f"sweep@{entry.task}"], clone)
            yield refitted(entry, Revision(clone, None))


def _lay(then: Revision, clone: Path) -> None:
    """The project at the revision, with what its sweeps read; data come from the project's own cache or remotes."""
    _run(["git", "clone", "--quiet", "--no-checkout", str(then.root), str(clone)], then.root)
    _run(["git", "checkout", "--quiet", str(then.rev)], clone)
    cache = _dvc(["cache", "dir"], then.root).strip()
    _dvc(["cache", "dir", "--local", cache], clone)
    _dvc(["checkout", "--quiet", "--allow-missing", "data/clean", "data/features"], clone)


def _dvc(arguments: Sequence[str], folder: Path) -> str:
    return _run([sys.executable, "-m", "dvc", *arguments], folder)


def _run(command: Sequence[str], folder: Path) -> str:
    """Run in the clone with its own code and a store of its own, so that nothing trained before is used."""
    own = {"PYTHONPATH": str(folder / "src"), "SIMWORTH_STORE": str(folder.parent / "store")}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **own})
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise SimworthError(f"retraining: `{' '.join(command[-4:])}` failed: {' '.join(last)}")
    return done.stdout
