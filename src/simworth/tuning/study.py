"""A resumable study: candidates in SQLite, each suggested from its own seed.

Optuna keeps trials, but not the state of its sampler. Here candidate k is suggested by a fresh sampler whose seed is
a hash of (seed, k), from the candidates before it, and enters the file only when it has ended, so candidate k is the
same whether or not the study was interrupted on the way.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial
from sqlalchemy.exc import SQLAlchemyError

from simworth.digests import digest
from simworth.errors import SimworthError
from simworth.tuning.space import Space, Value, rounded

RANDOM_FIRST: Final = 10
"""candidates before the sampler models what it has seen"""
_ERRORS, _REASON = "errors", "reason"


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


@dataclass
class Study:
    """The candidates of one task, data and seed."""

    path: Path
    space: Space
    seed: int

    def __post_init__(self) -> None:
        optuna.logging.set_verbosity(logging.WARNING)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Optuna's storage, about its dependencies
                self._storage = optuna.storages.RDBStorage(f"sqlite:///{self.path}")
                self._kept = optuna.create_study(
                    storage=self._storage, study_name="candidates", direction="minimize", load_if_exists=True
                )
        except (OSError, sqlite3.Error, SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError) as error:
            text = " ".join(str(error).split())
            raise SimworthError(f"study {self.path}: cannot be opened ({text}); remove it to start anew") from None

    def candidates(self) -> list[Candidate]:
        """Those that ended, in order."""
        return [_candidate(trial) for trial in self._kept.trials]

    def suggest(self, number: int) -> dict[str, Value]:
        """The point of candidate `number`, from all before it."""
        sampler = optuna.samplers.TPESampler(
            n_startup_trials=RANDOM_FIRST, seed=_seed(self.seed, number), multivariate=True
        )
        before = optuna.create_study(sampler=sampler, direction="minimize")
        before.add_trials(self._kept.trials[:number])
        return rounded(self.space, dict(before.ask(self.space).params))

    def add(self, candidate: Candidate) -> None:
        """Keep a candidate that ended; its trial in the file has the candidate's number."""
        assert candidate.number == len(self._kept.trials), "candidates are kept in order"
        self._kept.add_trial(
            create_trial(
                state=TrialState.COMPLETE if candidate.errors else TrialState.FAIL,
                value=candidate.objective if candidate.errors else None,
                params=candidate.point,
                distributions=self.space,
                user_attrs={_ERRORS: list(candidate.errors), _REASON: candidate.reason},
            )
        )

    def confirmed(self, number: int) -> tuple[float, ...] | None:
        """What `confirm` was given for a candidate, None before."""
        found = self._kept.user_attrs.get(f"confirmed {number}")
        return None if found is None else tuple(json.loads(found))

    def confirm(self, number: int, errors: Sequence[float]) -> None:
        """Keep a candidate's (trials,) errors on the trials that had no part in the choice."""
        self._kept.set_user_attr(f"confirmed {number}", json.dumps(list(errors)))

    def close(self) -> None:
        """Let go of the file."""
        self._storage.remove_session()
        self._storage.engine.dispose()


def _seed(seed: int, number: int) -> int:
    return int(digest([seed, number])[:8], 16)


def _candidate(trial: FrozenTrial) -> Candidate:
    kept = trial.user_attrs
    return Candidate(trial.number, dict(trial.params), tuple(kept[_ERRORS]), kept[_REASON])
