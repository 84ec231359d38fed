"""Whether ours and a plain loop did the same work, told before any time is compared."""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.case import Case
from benchmarks.engine import Outcome, first_weights, train_models
from benchmarks.plain import PlainOutcome, plain_loop
from simworth.errors import SimworthError

WEIGHTS: Final = 0.01
"""root mean square difference of the weights, as a share of how far an epoch moved them: rounding alone gives 1e-6, a
learning rate that is 1 % larger 0.3, since Adam divides by the size of gradients"""
LOSS: Final = 1e-3
"""relative difference of the validation losses"""
ROUNDED_LOSS: Final = 0.1
"""the same, where products are rounded to bfloat16"""


class WorkDiffers(SimworthError):
    """Ours and what it is measured against did not do the same: no time is compared."""


def check_training(case: Case, models: int, device: str = "cpu") -> None:
    """Train `models` for one epoch as ours does, the first and last of them in a plain loop too; raises WorkDiffers."""
    ours = train_models(case, range(models), 1, device=device)
    for model in sorted({0, models - 1}):
        compare(case, model, ours, plain_loop(case, model, 1, device))


def compare(case: Case, model: int, ours: Outcome, plain: PlainOutcome) -> None:
    """Weights and validation loss of one model."""
    moved, apart = 0.0, 0.0
    first = first_weights(case, model)
    names = dict.fromkeys(name.rpartition(".")[0] for name in first)
    for name, theirs in zip(names, plain.weights, strict=True):
        for kind, value in zip(("weight", "bias"), theirs, strict=True):
            moved += float(np.sum((value - first[f"{name}.{kind}"]) ** 2))
            apart += float(np.sum((value - ours.weights[f"{name}.{kind}"][model]) ** 2))
    share = float(np.sqrt(apart / moved))
    if not share <= WEIGHTS:
        raise WorkDiffers(f"training: model {model}: weights lie {share:.3g} of their way apart, {WEIGHTS} is allowed")
    _compare_loss(f"training: model {model}", float(ours.loss[model]), plain.loss, LOSS)


def check_rounded(case: Case, models: int, precision: str, epochs: int = 3) -> None:
    """A path of lower precision learns what float32 learns: mean validation loss over `models`; raises WorkDiffers."""
    rounded, exact = (
        float(train_models(case, range(models), epochs, kind).loss.mean()) for kind in (precision, "float32")
    )
    _compare_loss(f"training in {precision}", rounded, exact, ROUNDED_LOSS)


def _compare_loss(what: str, ours: float, theirs: float, allowed: float) -> None:
    if not abs(ours - theirs) <= allowed * theirs:
        raise WorkDiffers(f"{what}: validation loss {ours:.6g} against {theirs:.6g}, {allowed:g} of it is allowed")
