"""Search: candidate after candidate, then the best one against the present settings on fresh trials."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from simworth.config import Settings, Task
from simworth.digests import digest
from simworth.errors import SimworthError
from simworth.locks import one_at_a_time
from simworth.sweep.shards import task_digest
from simworth.terminal import say
from simworth.tuning.inner import DataBy, Evaluator, InnerError
from simworth.tuning.paired import PairedErrors
from simworth.tuning.space import OF_SIMULATIONS, Space, Value, described, present, space_of, task_with
from simworth.tuning.study import Candidate, Study

CONFIRM: Final = 10
"""trials, after those that choose, on which the best candidate is confirmed"""
_FORMAT: Final = 2


@dataclass(frozen=True)
class Search:
    """One task to tune."""

    settings: Settings
    name: str
    data: DataBy
    """the task's own descriptors first, then those that are tried beside them"""
    seed: int
    """of the suggestions; the splits are the sweep's, from the settings' own root seed"""
    candidates: int
    trials: int
    """trials of the sweep that choose: 0 to trials - 1"""
    n: int
    """simulations to learn from; 0: direct learning"""
    keep: tuple[str, ...] = ()
    """settings that are not searched"""

    @property
    def space(self) -> Space:
        """What is searched; direct learning sees no simulation."""
        unused = () if self.n else [name for name in OF_SIMULATIONS if name in space_of(self.task)]
        return space_of(self.task, {*self.keep, *unused}, list(self.data)[1:])

    @property
    def task(self) -> Task:
        """As it is before."""
        return self.settings.tasks[self.name]

    @property
    def digest(self) -> str:
        """Name of the study: everything that decides its candidates, but not how many are wanted."""
        engines = [task_digest(self.settings.seed, self.task, one.digest) for one in self.data.values()]
        return digest([_FORMAT, *engines, described(self.space), self.seed, self.trials, self.n, version("optuna")])


@dataclass(frozen=True)
class Tuned:
    """What a search ended with."""

    candidates: list[Candidate]
    best: Candidate
    before: Task
    after: Task
    chosen: PairedErrors
    """on the trials that chose; `after` is never above `before` here"""
    confirmed: PairedErrors
    """on CONFIRM trials that had no part in the choice"""


def search(what: Search, store: Path, ended: Callable[[Candidate], object] = lambda _: None) -> Tuned:
    """Bring a study to `what.candidates` and judge it; `ended` hears of every candidate, kept ones included.

    A study that was interrupted goes on where it was, and ends as if it had not been. Raises SimworthError where
    every candidate failed.
    """
    path = store / "tuning" / f"{what.digest}.db"
    with one_at_a_time(path, _refuse):
        study = Study(path, what.space, what.seed)
        with closing(study), Evaluator(what.name, what.task, what.settings.seed, what.data) as evaluate:
            candidates = _run(what, study, evaluate, ended)[: what.candidates]
            return _judged(what, study, evaluate, candidates)


def _refuse(holder: str) -> None:
    raise SimworthError(f"tune: {holder} is running the same study; wait for its end")


def _run(what: Search, study: Study, evaluate: Evaluator, ended: Callable[[Candidate], object]) -> list[Candidate]:
    done = study.candidates()
    for one in done[: what.candidates]:
        ended(one)
    if done:
        say(f"{what.name}: {min(len(done), what.candidates)} of {what.candidates} candidates are in the store")
    start, fresh = time.monotonic(), len(done)
    for number in range(fresh, what.candidates):
        point = study.suggest(number) if number else present(study.space, what.task)
        errors = evaluate(task_with(what.task, point), range(what.trials), what.n)
        one = _candidate(number, point, errors)
        study.add(one)
        done.append(one)
        ended(one)
        each = (time.monotonic() - start) / (number + 1 - fresh)
        say(_progress(what, done, each * (what.candidates - number - 1)))
    return done


def _candidate(number: int, point: dict[str, Value], errors: list[InnerError]) -> Candidate:
    failed = [(trial, one.reason) for trial, one in enumerate(errors) if one.reason]
    if failed:
        trial, reason = failed[0]
        return Candidate(number, point, (), f"{len(failed)} of {len(errors)} trials; trial {trial}: {reason}")
    return Candidate(number, point, tuple(one.mae for one in errors), "")


def _progress(what: Search, done: list[Candidate], left: float) -> str:
    last, best = done[-1], best_of(done)
    outcome = f"{last.objective:.4g}" if last.errors else f"failed ({last.reason})"
    least = f"; best {best.objective:.4g} (candidate {best.number})" if best else ""
    return f"{what.name}: candidate {last.number + 1} of {what.candidates}: {outcome}{least}; about {left:.0f} s left"


def best_of(candidates: Sequence[Candidate]) -> Candidate | None:
    """The one of the lowest objective, the earliest of equals; None where all failed."""
    return min((one for one in candidates if one.errors), key=lambda one: (one.objective, one.number), default=None)


def _judged(what: Search, study: Study, evaluate: Evaluator, candidates: list[Candidate]) -> Tuned:
    best, first = best_of(candidates), candidates[0]
    if best is None:
        raise SimworthError(
            f"task {what.name}: all {len(candidates)} candidates failed; first: {first.reason}; "
            "`simworth sweep` with the present settings will fail, too"
        )
    after = task_with(what.task, best.point)
    fresh = [_confirmed(what, study, evaluate, one) for one in (first, best)]
    return Tuned(
        candidates, best, what.task, after, PairedErrors.of(first.errors, best.errors), PairedErrors.of(*fresh)
    )


def _confirmed(what: Search, study: Study, evaluate: Evaluator, one: Candidate) -> tuple[float, ...]:
    """Errors on fresh trials; none where one failed. Nothing to confirm where the candidate failed before."""
    known = study.confirmed(one.number)
    if known is not None or not one.errors:
        return known or ()
    say(f"{what.name}: candidate {one.number} once more, on {CONFIRM} trials that had no part in the choice")
    errors = evaluate(task_with(what.task, one.point), range(what.trials, what.trials + CONFIRM), what.n)
    kept = () if any(error.reason for error in errors) else tuple(error.mae for error in errors)
    study.confirm(one.number, kept)
    return kept
