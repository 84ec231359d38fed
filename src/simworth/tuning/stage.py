"""`simworth tune`: files in, a table out, and the chosen settings in params.yaml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simworth.config import Settings, settings_with
from simworth.errors import SimworthError
from simworth.store import store_root
from simworth.sweep.dataset import TaskData, Waiting
from simworth.sweep.stage import read_data
from simworth.tuning.chosen import write_training
from simworth.tuning.search import Found, Search, search
from simworth.tuning.space import space_of
from simworth.tuning.study import Candidate
from simworth.tuning.text import lines

Log = Callable[[str, Candidate], object]
"""(digest of the study, a candidate that ended)"""


@dataclass(frozen=True)
class Wish:
    """What the user asked for; None: as params.yaml or dvc.yaml has it."""

    task: str
    params: Path
    source: Path | None = None
    target: Path | None = None
    features: Path | None = None
    candidates: int = 40
    trials: int = 5
    n: int | None = None
    """simulations to learn from; None: all"""
    seed: int | None = None
    write: bool | None = None
    """None: write where the best candidate is distinguishably better"""


def tune(wish: Wish, log: Log = lambda *_: None) -> list[str]:
    """Search, write what is chosen into params.yaml, and say so in lines for people."""
    settings = settings_with(wish.params, wish.task)
    what = _search(wish, settings, _data(wish, settings))
    found = search(what, store_root(), lambda candidate: log(what.digest, candidate))
    task = settings.tasks[wish.task]
    of = settings.properties[task.target.property or task.property]
    unit = of.unit if of.scale == "linear" else f"log10({of.unit})" if of.unit else "log10"
    return [*lines(found, space_of(task), f" in {unit}" if unit else ""), _written(wish, found)]


def _data(wish: Wish, settings: Settings) -> TaskData:
    task, root = settings.tasks[wish.task], wish.params.parent / "data"
    data = read_data(
        settings,
        wish.task,
        wish.source or root / "clean" / f"{task.source.database}.parquet",
        wish.target or root / "clean" / f"{task.target.database}.parquet",
        wish.features or root / "features" / f"{wish.task}.parquet",
    )
    if isinstance(data, Waiting):
        raise SimworthError(f"task {wish.task}: is waiting, there is nothing to tune on: {data.reason}")
    return data


def _search(wish: Wish, settings: Settings, data: TaskData) -> Search:
    simulated = len(data.source.items)
    n = simulated if wish.n is None else wish.n
    if n > simulated:
        raise SimworthError(f"task {wish.task}: --n must be at most the {simulated} simulated samples, got {n}")
    seed = settings.seed if wish.seed is None else wish.seed
    return Search(settings, wish.task, data, seed, wish.candidates, wish.trials, n)


def _written(wish: Wish, found: Found) -> str:
    wanted = found.confirmed.better if wish.write is None else wish.write
    if found.best.number == 0:
        return f"{wish.params}: unchanged"
    if not wanted:
        return f"{wish.params}: unchanged; --write writes the settings of candidate {found.best.number}"
    names = write_training(wish.params, wish.task, found.after)
    return f"{wish.params}: tasks.{wish.task}.training: {', '.join(names)} written; `dvc repro` trains with them"
