"""Training the trials of an old revision anew, in a clone of its own, and refitting them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from simworth.errors import SimworthError
from simworth.ledger.audit import Finding
from simworth.ledger.chain import Entry
from simworth.ledger.recompute import entries_of, refitted
from simworth.ledger.revision import NotKept, Revision


def retrain(then: Revision, folder: str) -> Iterator[Finding]:
    """Train every task of a revision's ledger from its data, with its code, and compare the entries.

    SimworthError where a stage cannot run.
    """
    valued = entries_of(then, folder)
    if not valued:
        yield Finding(None, f"the ledger holds no entry at {then.name}")
        return
    with tempfile.TemporaryDirectory(prefix="simworth-audit-") as name:
        clone = Path(name) / "project"
        _clone(then, clone)
        for entry in valued:
            try:
                yield _retrained(entry, then, clone)
            except NotKept as error:
                yield Finding(None, f"{entry.name}: {error}")


def _clone(then: Revision, clone: Path) -> None:
    """The project at the revision, with the project's own cache and remotes."""
    _run(["git", "clone", "--quiet", "--no-checkout", str(then.root), str(clone)], then.root)
    _run(["git", "checkout", "--quiet", str(then.rev)], clone)
    own = then.root / ".dvc/config.local"
    if own.is_file():
        shutil.copy(own, clone / ".dvc/config.local")
    cache = _dvc(["cache", "dir"], then.root).strip()
    _dvc(["cache", "dir", "--local", cache], clone)


def _retrained(entry: Entry, then: Revision, clone: Path) -> Finding:
    """Sweep a task, and its surface where the entry has one, from the tables that its sweep was made from."""
    _lay(entry.task, then, clone)
    stages = ["sweep"] if entry.record.valuation.surface is None else ["sweep", "surface"]
    for stage in stages:
        _dvc(["repro", "--force", "--no-commit", "--single-item", f"{stage}@{entry.task}"], clone)
    return refitted(entry, Revision(clone, None))


def _lay(task: str, then: Revision, clone: Path) -> None:
    """Bring what a task's sweep reads and other stages made. NotKept where it is nowhere to be had."""
    made = {out["path"] for stage in then.lock.values() for out in stage.get("outs", [])}
    read = [dep["path"] for dep in then.lock.get(f"sweep@{task}", {}).get("deps", []) if dep["path"] in made]
    _dvc(["checkout", "--quiet", "--allow-missing", *read], clone)
    if missing := [path for path in read if not (clone / path).is_file()]:
        try:
            _dvc(["pull", "--quiet", *missing], clone)
        except SimworthError:
            raise NotKept(f"{missing[0]} at {then.name}: neither in DVC's cache nor in a remote") from None


def _dvc(arguments: Sequence[str], folder: Path) -> str:
    return _run([sys.executable, "-m", "dvc", *arguments], folder)


def _run(command: Sequence[str], folder: Path) -> str:
    """Run with the folder's own code and a store beside it, so that nothing trained before is used."""
    own = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": str(folder / "src"),
        "SIMWORTH_STORE": str(folder.parent / "store"),
    }
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **own})
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise SimworthError(f"retraining: `{' '.join(command[-4:])}` failed: {' '.join(last)}")
    return done.stdout
