"""`simworth tune`: files in, a table out, and the chosen settings in params.yaml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from simworth.config import Settings, settings_with
from simworth.config.resolve import resolve
from simworth.environment import store_root
from simworth.errors import SimworthError
from simworth.prepare.arrays import TaskData
from simworth.prepare.records import Prepared
from simworth.sweep.notes import leave_note
from simworth.tuning.chosen import write_training
from simworth.tuning.inner import Evaluator
from simworth.tuning.precision import lines as precision_lines
from simworth.tuning.precision import timed
from simworth.tuning.search import Found, Search, search
from simworth.tuning.space import space_of
from simworth.tuning.study import Candidate
from simworth.tuning.text import lines

SEARCH_TRIALS: Final = 5
"""that judge a candidate of the search"""
PRECISION_TRIALS: Final = 20
"""that compare two precisions"""

Log = Callable[[str, Candidate], object]
"""(digest of the study, a candidate that ended)"""


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
    """simulations to learn from; None: all"""
    seed: int | None = None
    write: bool | None = None
    """None: write where the best candidate is distinguishably better"""


def tune(wish: Wish, log: Log = lambda *_: None) -> list[str]:
    """Search, write what is chosen into params.yaml, and say so in lines for people."""
    settings = settings_with(wish.params, wish.task)
    what = _search(wish, settings, _data(wish))
    of = resolve(settings, wish.task)
    leave_note(store_root(), of, [what.digest])
    found = search(what, store_root(), lambda candidate: log(what.digest, candidate))
    unit = of.measured.error_unit()
    return [*lines(found, space_of(of.task), f" in {unit}" if unit else ""), _written(wish, found)]


def tune_precision(wish: Wish) -> list[str]:
    """Time both precisions, write the better one into params.yaml, and say so in lines for people."""
    settings = settings_with(wish.params, wish.task)
    data, of = _data(wish), resolve(settings, wish.task)
    n = _simulations(wish, data)
    with Evaluator(wish.task, of.task, settings.seed, data) as evaluate:
        found = timed(evaluate, wish.task, of.task.training, wish.trials or PRECISION_TRIALS, n)
    unit, now = of.measured.error_unit(), of.task.training.precision
    said = precision_lines(found, f" in {unit}" if unit else "")
    if found.better == now or wish.write is False:
        return [*said, f"{wish.params}: unchanged; {found.better} is the better one, {now} is what it has"]
    write_training(wish.params, wish.task, replace(of.task.training, precision=found.better))
    return [
        *said,
        f"{wish.params}: tasks.{wish.task}.training.precision: {found.better} written; `dvc repro` trains anew",
    ]


def _data(wish: Wish) -> TaskData:
    folder = wish.prepared or wish.params.parent / "data" / "prepared" / wish.task
    return Prepared.read(folder).ready()


def _search(wish: Wish, settings: Settings, data: TaskData) -> Search:
    seed = settings.seed if wish.seed is None else wish.seed
    n, trials = _simulations(wish, data), wish.trials or SEARCH_TRIALS
    return Search(settings, wish.task, data, seed, wish.candidates, trials, n)


def _simulations(wish: Wish, data: TaskData) -> int:
    simulated = len(data.source.items)
    n = simulated if wish.n is None else wish.n
    if n > simulated:
        raise SimworthError(f"task {wish.task}: --n must be at most the {simulated} simulated samples, got {n}")
    return n


def _written(wish: Wish, found: Found) -> str:
    wanted = found.confirmed.better if wish.write is None else wish.write
    if found.best.number == 0:
        return f"{wish.params}: unchanged"
    if not wanted:
        return f"{wish.params}: unchanged; --write writes the settings of candidate {found.best.number}"
    names = write_training(wish.params, wish.task, found.after)
    return f"{wish.params}: tasks.{wish.task}.training: {', '.join(names)} written; `dvc repro` trains with them"
