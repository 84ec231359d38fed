"""Checking the entries of a revision: refitted from its stored trials, or trained anew in a clone of its own."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pandas as pd
from pydantic import JsonValue

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.digests import valuation_digest
from simworth.errors import SimworthError
from simworth.ledger.audit import Finding, audit
from simworth.ledger.chain import Entry, read_ledger
from simworth.ledger.old_versions import VERSIONS, mean_errors, study_law
from simworth.ledger.records import FORMAT, Tables
from simworth.ledger.revision import NotKept, Revision, resolved
from simworth.scaling import LAW_VERSION, LAWS
from simworth.scaling.laws import BUILT_IN
from simworth.sweep.records import SweepSummary
from simworth.valuation.classes import Sorting
from simworth.valuation.pieces import STUDY_LAW
from simworth.valuation.records import Fit
from simworth.valuation.task import TaskResults, value_task

EQUAL: Final = 2e-6
"""relative difference up to which two numbers are the same: result files keep six significant digits"""
DECISIONS: Final = ("verdict", "gap", "advice")
"""words that are compared; others are sentences, which may be put differently"""
GRID: Final = ("surfaces", "surface_predictions")
"""folders of the tables of an n x m grid, below results/"""
TOLERANCE: Final = 1e-3
"""relative difference up to which another machine or library may differ"""


def recompute(then: Revision, folder: str, again: bool = False) -> Iterator[Finding]:
    """Every task's entry at a revision against a refit of its stored trials, or of trials trained `again` from its data
    with its code; equal, within tolerance, or different and where. SimworthError where a stage cannot run."""
    valued = entries_of(then, folder)
    if not valued:
        yield Finding(None, f"the ledger holds no entry at {then.name}")
        return
    with tempfile.TemporaryDirectory(prefix="simworth-audit-") as name:
        clone = Path(name) / "project"
        if again:
            _clone(then, clone)
        for entry in valued:
            try:
                yield _retrained(entry, then, clone) if again else refitted(entry, then)
            except NotKept as error:
                yield Finding(None, f"{entry.name}: {error}")


def entries_of(then: Revision, folder: str) -> list[Entry]:
    """Each task's entry of the tables at a revision: its newest, unless an older release was taken up again."""
    by_task: dict[str, list[Entry]] = {}
    for entry in then.ledger(folder):
        by_task.setdefault(entry.task, []).append(entry)
    return [entries[-1] if len(entries) == 1 else _of_tables(then, entries) for entries in by_task.values()]


def _of_tables(then: Revision, entries: Sequence[Entry]) -> Entry:
    try:
        here = Tables.of(*_tables(then, entries[-1].task))
    except NotKept:
        return entries[-1]
    return next((entry for entry in reversed(entries) if entry.record.tables == here), entries[-1])


def _tables(
    then: Revision, task: str, folders: tuple[str, str] = ("trials", "predictions")
) -> tuple[pd.DataFrame, pd.DataFrame]:
    trials, predictions = (then.table(f"results/{folder}/{task}.parquet") for folder in folders)
    return trials[list(TRIAL_COLUMNS)], predictions[list(PREDICTION_COLUMNS)]


def refitted(entry: Entry, then: Revision) -> Finding:
    """An entry against a fit of the tables at a revision. NotKept where they are gone.

    An entry of an older law is held to its trials and to the study's law by the frozen rules of its version alone.
    """
    task, settings = entry.task, entry.record.settings
    trials, predictions = _tables(then, task)
    name = f"results/sweeps/{task}.json"
    summary = SweepSummary.from_json(then.content(name).decode(), name)
    if summary.status != "ok":
        return Finding(None, f"{entry.name}: at {then.name} {task} has no law ({summary.reason})")
    if settings.law_version != LAW_VERSION or entry.record.format != FORMAT:
        return by_frozen_rules(entry, trials, predictions)
    if absent := [name for name in settings.laws if name not in LAWS]:
        return Finding(None, f"{entry.name}: no law {absent[0]!r} here; name its module in params.yaml")
    results = TaskResults(
        task,
        "",
        "",
        trials,
        predictions,
        summary,
        grid=_tables(then, task, GRID) if entry.record.valuation.surface is not None else None,
        sorting=_sorting(entry, then),
        laws=settings.laws or competed(entry),
    )
    fit = value_task(results, settings.level)
    return compared(entry, fit, valuation_digest(trials, predictions, fit.level, fit.law_version, settings.laws))


def competed(entry: Entry) -> tuple[str, ...]:
    """The package's laws that competed then; those of today where the entry does not say."""
    form = entry.record.valuation.form
    return tuple(law.name for law in BUILT_IN) if form is None else tuple(form.weights)


def by_frozen_rules(entry: Entry, trials: pd.DataFrame, predictions: pd.DataFrame) -> Finding:
    """An entry of an older law or format against its tables' digests, the trials' means and the study's law."""
    record, version = entry.record, entry.record.settings.law_version
    same = Tables.of(trials, predictions) == record.tables
    curve = mean_errors(trials, predictions, version)
    fine = trials[(trials["status"] == "ok") & (trials["n"] > 0) & (trials["m"] == trials["m"].max())]
    found: dict[str, JsonValue] = {"mae_at_n_max": float(curve.iloc[-1])}
    held: dict[str, JsonValue] = {"mae_at_n_max": record.valuation.mae_at_n_max}
    by = "mean errors alone"
    if version in VERSIONS and fine.groupby("n").size().nunique() == 1:
        law = study_law(curve.index.to_numpy(dtype=float), curve.to_numpy())
        found |= dict(zip(STUDY_LAW, law, strict=True))
        held |= {name: float(record.valuation.law[name].value) for name in STUDY_LAW}
        by = f"mean errors and D, alpha, C by the frozen rules of law {version}"
    where, difference = most_different(held, found)
    how = "equal within 1e-3" if difference <= TOLERANCE else f"different at {where} ({_shown(difference)})"
    return Finding(
        same and difference <= TOLERANCE,
        f"{entry.name}: {how}, {_from(same)}; an entry of law {version}, checked by {by}",
    )


def _sorting(entry: Entry, then: Revision) -> Sorting | None:
    """The materials' classes as they were, None where the entry has none."""
    grouping = entry.record.valuation.grouping
    if grouping is None:
        return None
    measured, simulated = (then.quantity(entry.task, side) for side in ("target", "source"))
    table = then.table(f"results/classes/{entry.task}.parquet")
    return Sorting(grouping.by, grouping.shown, measured, simulated, table)


def compared(entry: Entry, fit: Fit, digest: str) -> Finding:
    """A refit against the entry."""
    kept = {name: entry.content[name] for name in ("valuation", "frozen")}
    again = json.loads(fit.to_json())
    again = {"valuation": again["entry"], "frozen": again["frozen"]}
    where, difference = most_different(kept, again)
    tables = _from(digest == entry.digest)
    if difference <= EQUAL:
        return Finding(digest == entry.digest, f"{entry.name}: equal, {tables}")
    if difference <= TOLERANCE:
        return Finding(
            True, f"{entry.name}: equal within 1e-3 ({where} differs by {difference:.1e}: another processor), {tables}"
        )
    return Finding(False, f"{entry.name}: different at {where} ({_shown(difference)}), {tables}")


def _from(same: bool) -> str:
    return "from the same trials" if same else "from OTHER trials than the entry names"


def _shown(difference: float) -> str:
    return "another kind of value" if math.isinf(difference) else f"by {difference:.1e}, relative"


def most_different(kept: JsonValue, again: JsonValue, where: str = "") -> tuple[str, float]:
    """Place and size of the largest relative difference; infinite where kinds or decisions differ, or a key is gone.

    Keys that a newer version added and sentences are no numbers and are passed over.
    """
    pairs: list[tuple[str, JsonValue, JsonValue]] = []
    if isinstance(kept, dict) and isinstance(again, dict):
        if gone := sorted(kept.keys() - again.keys()):
            return f"{where}/{gone[0]}".lstrip("/"), math.inf
        pairs = [(f"{where}/{key}".lstrip("/"), kept[key], again[key]) for key in kept]
    elif isinstance(kept, list) and isinstance(again, list):
        if all(isinstance(one, str) for one in [*kept, *again]):
            return where, 0.0
        if len(kept) != len(again):
            return where, math.inf
        pairs = [(f"{where}/{i}", a, b) for i, (a, b) in enumerate(zip(kept, again, strict=True))]
    elif isinstance(kept, str) and isinstance(again, str) and where.rpartition("/")[2] not in DECISIONS:
        return where, 0.0
    else:
        return where, _relative(kept, again)
    return max((most_different(a, b, at) for at, a, b in pairs), key=lambda found: found[1], default=(where, 0.0))


def _relative(kept: JsonValue, again: JsonValue) -> float:
    if isinstance(kept, bool | str) or isinstance(again, bool | str) or kept == again:
        return 0.0 if kept == again else math.inf
    if not isinstance(kept, int | float) or not isinstance(again, int | float):
        return math.inf
    return float(abs(kept - again) / max(abs(kept), abs(again)))


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


def findings(root: Path, ledger: str, revision: str | None, again: bool) -> Iterator[Finding]:
    """The audit of the ledger, or a refit of one revision, from its stored trials or from its data."""
    if revision is None:
        yield from audit(root, ledger, read_ledger(root / ledger))
    else:
        yield from recompute(resolved(root, revision), ledger, again)
