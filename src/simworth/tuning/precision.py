"""`simworth tune precision`: whether wide layers in bfloat16 pay on this machine, and whether they cost accuracy.

How much bfloat16 gains differs from one processor to the next (1.2 to 1.7 times a whole training has been seen), so
that it is measured where it is used. What is written is one of two names: a change of machine never changes them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from simworth.config import Task
from simworth.errors import SimworthError
from simworth.terminal import table
from simworth.tuning.inner import Evaluator
from simworth.tuning.paired import PairedErrors
from simworth.tuning.space import task_with

ALLOWED: Final = 0.02
"""share of the mean error by which the means may lie apart"""
PAYS: Final = 1.1
"""times faster that bfloat16 must be: for less nobody trains anew"""
_WARM: Final = 20
"""simulations of a first training that is not timed: libraries are loaded, kernels compiled"""

Precision = Literal["float32", "bf16"]
PRECISIONS: Final[tuple[Precision, Precision]] = "float32", "bf16"


@dataclass(frozen=True)
class Timed:
    """What both precisions took and gave on this machine."""

    errors: PairedErrors
    """in float32 (before) and in bfloat16 (after)"""
    seconds: tuple[float, float]
    """in float32, in bfloat16"""
    trials: int
    n: int

    @property
    def ratio(self) -> float:
        """How many times faster bfloat16 is."""
        return self.seconds[0] / self.seconds[1]

    @property
    def better(self) -> Precision:
        """bf16 where it pays and costs no accuracy."""
        return "bf16" if allowed(self.errors) and self.ratio >= PAYS else "float32"


def allowed(errors: PairedErrors) -> bool:
    """Whether the means differ by no more than ALLOWED, and by no more than chance."""
    return errors.share <= ALLOWED and errors.sigmas <= errors.chance


def timed(evaluate: Evaluator, name: str, task: Task, trials: int, n: int, rounds: int = 3) -> Timed:
    """Train the same trials in either precision, in turn, so that a busy machine slows both; SimworthError where one
    fails. Errors are those on inner splits, which see no test material."""
    kinds = {kind: task_with(task, {"precision": kind}) for kind in PRECISIONS}
    for given in kinds.values():
        evaluate(task_with(given, {"max_epochs": 1}), range(trials), min(n, _WARM))
    seconds, errors = dict.fromkeys(PRECISIONS, 0.0), {kind: list[float]() for kind in PRECISIONS}
    for part in np.array_split(np.arange(trials), min(rounds, trials)):
        for kind, given in kinds.items():
            start = time.monotonic()
            found = evaluate(given, range(int(part[0]), int(part[-1]) + 1), n)
            seconds[kind] += time.monotonic() - start
            if failed := [one.reason for one in found if not np.isfinite(one.mae)]:
                raise SimworthError(f"task {name}: a trial fails in {kind}: {failed[0]}")
            errors[kind] += [one.mae for one in found]
    paired = PairedErrors.of(errors["float32"], errors["bf16"])
    return Timed(paired, (seconds["float32"], seconds["bf16"]), trials, n)


def lines(found: Timed, unit: str) -> list[str]:
    """Times, errors and what follows, for people."""
    one = found.errors
    rows = [
        (f"seconds, {found.trials} trials at n = {found.n:,}", *(f"{seconds:.1f}" for seconds in found.seconds)),
        (f"validation MAE{unit}", f"{one.before:.4g}", f"{one.after:.4g}"),
    ]
    apart = f"errors differ by {one.share:.1%} of the mean and {one.sigmas:.1f} standard errors"
    limits = f"allowed: {ALLOWED:.0%} and {one.chance:.1f}"
    return [
        *table(("", *PRECISIONS), rows).splitlines(),
        f"bf16 is {found.ratio:.2f} times as fast here (worth it from {PAYS:g} on); {apart} ({limits})",
    ]
