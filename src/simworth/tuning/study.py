"""A resumable study: candidates in a JSON file, each suggested from its own seed.

Optuna does not keep the state of its sampler. Here candidate k is suggested by a fresh sampler whose seed is a hash of
(seed, k), from the candidates before it, and enters the file only when it has ended, so candidate k is the same whether
or not the study was interrupted on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from simworth.digests import digest
from simworth.errors import SimworthError
from simworth.records import Record
from simworth.tuning.space import Space, Value, rounded

RANDOM_FIRST: Final = 10
"""candidates before the sampler models what it has seen"""


@dataclass(frozen=True)
class Candidate:
    """One point of the space, and what came of it."""

    number: int
    """0: the settings that params.yaml has"""
    point: dict[str, Value]
    """as it was trained"""
    errors: tuple[float, ...]
    """(trials,) inner validation MAE on the task's scale; empty where it failed"""
    reason: str
    """why it failed, '' where it did not"""

    @property
    def objective(self) -> float:
        """Mean over trials; inf where it failed."""
        return float(np.mean(self.errors)) if self.errors else np.inf


class StudyFile(Record):
    """What is kept of a study."""

    made_by = "simworth tune"
    exact: ClassVar[bool] = True

    candidates: tuple[Candidate, ...] = ()
    """those that ended, in order"""
    confirmed: Mapping[int, tuple[float, ...]] = {}
    """candidate -> its (trials,) errors on the trials that had no part in the choice"""


@dataclass
class Study:
    """The candidates of one task, data and seed."""

    path: Path
    space: Space
    seed: int

    def __post_init__(self) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            self.kept = StudyFile.read(self.path) if self.path.exists() else StudyFile()
        except SimworthError as error:
            raise SimworthError(f"study {self.path}: cannot be opened ({error}); remove it to start anew") from None

    def suggest(self, number: int) -> dict[str, Value]:
        """The point of candidate `number`, from all before it."""
        seed = int(digest([self.seed, number])[:8], 16)
        sampler = optuna.samplers.TPESampler(n_startup_trials=RANDOM_FIRST, seed=seed, multivariate=True)
        before = optuna.create_study(sampler=sampler, direction="minimize")
        before.add_trials(map(self._trial, self.kept.candidates[:number]))
        return rounded(self.space, dict(before.ask(self.space).params))

    def add(self, candidate: Candidate) -> None:
        """Keep a candidate that ended."""
        assert candidate.number == len(self.kept.candidates), "candidates are kept in order"
        self._keep(candidates=(*self.kept.candidates, candidate))

    def confirm(self, number: int, errors: Sequence[float]) -> None:
        """Keep a candidate's (trials,) errors on the trials that had no part in the choice."""
        self._keep(confirmed={**self.kept.confirmed, number: tuple(errors)})

    def _keep(self, **changed: object) -> None:
        self.kept = self.kept.model_copy(update=changed)
        self.kept.write(self.path)

    def _trial(self, candidate: Candidate) -> FrozenTrial:
        return create_trial(
            state=TrialState.COMPLETE if candidate.errors else TrialState.FAIL,
            value=candidate.objective if candidate.errors else None,
            params=candidate.point,
            distributions=self.space,
        )
