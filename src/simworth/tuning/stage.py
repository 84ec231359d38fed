"""The stage behind `simworth tune`: what is searched, and what was found in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from simworth.columns import CLEAN_COLUMNS
from simworth.config import Training, settings_with
from simworth.config.resolve import ResolvedTask, resolve
from simworth.environment import store_root
from simworth.errors import SimworthError
from simworth.files import read_table
from simworth.prepare.arrays import TaskData
from simworth.prepare.choices import data_by
from simworth.prepare.records import Prepared
from simworth.sweep.notes import leave_note
from simworth.terminal import table
from simworth.tuning.inner import DataBy, Evaluator
from simworth.tuning.paired import LEVEL, PairedErrors
from simworth.tuning.precision import lines as precision_lines
from simworth.tuning.precision import timed
from simworth.tuning.search import CONFIRM, Search, Tuned, search
from simworth.tuning.space import Space, descriptors_of, present, task_with, write_training
from simworth.tuning.study import Candidate

_LEAST_N: Final = 10
SEARCH_TRIALS: Final = 5
"""that judge a candidate of the search"""
PRECISION_TRIALS: Final = 20
"""that compare two precisions"""

Log = Callable[[str, Candidate], object]
"""(digest of the study, a candidate that ended)"""


def lines(found: Tuned, space: Space, unit: str) -> list[str]:
    """Settings, errors and verdict."""
    before, after = present(space, found.before), present(space, found.after)
    rows = [(name, str(before[name]), str(after[name])) for name in space]
    chose = f"validation MAE{unit}, {len(found.best.errors)} trials that chose"
    fresh = f"validation MAE{unit}, {CONFIRM} fresh trials"
    rows += [(name, *_errors(one)) for name, one in ((chose, found.chosen), (fresh, found.confirmed))]
    said, one = table(("", "before", "after"), rows).splitlines(), found.confirmed
    if found.best.number and math.isfinite(one.difference):
        said.append(f"difference on fresh trials: {one.difference:+.2g}, standard error {one.standard_error:.2g}")
    if failed := [candidate for candidate in found.candidates if not candidate.errors]:
        first = f"first, {failed[0].number}: {failed[0].reason}"
        said.append(f"{len(failed)} of {len(found.candidates)} candidates failed; {first}")
    return [*said, verdict(found)]


def verdict(found: Tuned) -> str:
    """Whether tuning was worth it."""
    if found.best.number == 0:
        return f"none of {len(found.candidates)} candidates is better than the present settings"
    best = f"candidate {found.best.number}"
    if found.confirmed.better:
        return f"{best} is better than the present settings (paired over fresh trials, one-sided, {LEVEL:.0%})"
    if not math.isfinite(found.confirmed.difference):
        return f"{best} cannot be compared with the present settings: one of them fails"
    return f"{best} is not distinguishably better than the present settings"


def _errors(one: PairedErrors) -> tuple[str, str]:
    before, after = (f"{error:.4g}" if math.isfinite(error) else "failed" for error in (one.before, one.after))
    return before, after


@dataclass(frozen=True)
class Wish:
    """What the user asked for; None: as params.yaml or dvc.yaml has it."""

    task: str
    params: Path
    prepared: Path | None = None
    candidates: int = 40
    trials: int | None = None
    """that judge a candidate; None: SEARCH_TRIALS, or PRECISION_TRIALS"""
    n: int | None = None
    """simulations to learn from; None: all; 0: none, direct learning"""
    seed: int | None = None
    keep: tuple[str, ...] = ()
    """settings that are not searched"""
    descriptors: tuple[str, ...] = ()
    """to try beside the task's own, each one name or several with AND between"""
    write: bool | None = None
    """None: write where the best candidate is distinguishably better"""


def tune(wish: Wish, log: Log = lambda *_: None) -> list[str]:
    """Search, write what is chosen into params.yaml, and say so in lines for people."""
    settings = settings_with(wish.params, wish.task)
    of = resolve(settings, wish.task)
    data, seed = _tried(wish, of), settings.seed if wish.seed is None else wish.seed
    n, trials = _simulations(wish, next(iter(data.values()))), wish.trials or SEARCH_TRIALS
    what = Search(settings, wish.task, data, seed, wish.candidates, trials, n, wish.keep)
    leave_note(store_root(), of, [what.digest])
    found = search(what, store_root(), lambda candidate: log(what.digest, candidate))
    unit = of.measured.error_unit()
    said = lines(found, what.space, f" in {unit}" if unit else "")
    return [*said, _written(wish, found, found_by(found, what.n, unit))]


def found_by(found: Tuned, n: int, unit: str) -> str:
    """How settings were found, and what those before would give, for the page."""
    before, after = _errors(found.confirmed)
    other = "the study's recipe gives" if found.before.training == Training() else "the settings before give"
    how = f"{len(found.candidates)} candidates, {'direct learning' if not n else f'n = {n:,}'}"
    error = f"{after}{f' {unit}' if unit else ''} on {CONFIRM} fresh trials, where {other} {before}"
    return f"simworth tune on validation splits ({how}): {error}"


def tune_precision(wish: Wish) -> list[str]:
    """Time both precisions, write the better one into params.yaml, and say so in lines for people."""
    settings = settings_with(wish.params, wish.task)
    data, of = _data(wish), resolve(settings, wish.task)
    n = _simulations(wish, data)
    with Evaluator(wish.task, of.task, settings.seed, {of.task.descriptors: data}) as evaluate:
        found = timed(evaluate, wish.task, of.task, wish.trials or PRECISION_TRIALS, n)
    unit, now = of.measured.error_unit(), of.task.training.precision
    said = precision_lines(found, f" in {unit}" if unit else "")
    if found.better == now or wish.write is False:
        return [*said, f"{wish.params}: unchanged; {found.better} is the better one, {now} is what it has"]
    write_training(wish.params, wish.task, task_with(of.task, {"precision": found.better}))
    return [
        *said,
        f"{wish.params}: tasks.{wish.task}.training.precision: {found.better} written; `dvc repro` trains anew",
    ]


def _data(wish: Wish) -> TaskData:
    folder = wish.prepared or wish.params.parent / "data" / "prepared" / wish.task
    return Prepared.read(folder).ready()


def _tried(wish: Wish, of: ResolvedTask) -> DataBy:
    """The task's data by its own descriptors and by those to try."""
    if not wish.descriptors:
        return {of.task.descriptors: _data(wish)}
    choices = dict.fromkeys([of.task.descriptors, *map(descriptors_of, wish.descriptors)])
    clean, sides = wish.params.parent / "data" / "clean", (of.task.source, of.task.target)
    source, target = (read_table(clean / f"{side.database}.parquet", list(CLEAN_COLUMNS)) for side in sides)
    return data_by(of, source, target, list(choices))


def _simulations(wish: Wish, data: TaskData) -> int:
    simulated = len(data.source.items)
    n = simulated if wish.n is None else wish.n
    if n > simulated or 0 < n < _LEAST_N:
        allowed = f"0 (direct learning), or {_LEAST_N} to {simulated}, the simulated samples that there are"
        raise SimworthError(f"task {wish.task}: --n must be {allowed}, got {n}")
    return n


def _written(wish: Wish, found: Tuned, how: str) -> str:
    wanted = found.confirmed.better if wish.write is None else wish.write
    if found.best.number == 0:
        return f"{wish.params}: unchanged"
    if not wanted:
        return f"{wish.params}: unchanged; --write writes the settings of candidate {found.best.number}"
    names = write_training(wish.params, wish.task, replace(found.after, found_by=how))
    return f"{wish.params}: tasks.{wish.task}: {', '.join(names)} written; `dvc repro` trains with them"
