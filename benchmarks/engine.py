"""The one place where the speed table calls the training core: a change there is wired up here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from benchmarks.case import LEARNING_RATE, Case
from benchmarks.rounds import seconds
from simworth.environment import cores
from simworth.learning.device import reproducible
from simworth.learning.layout import padded
from simworth.learning.networks import Perceptron
from simworth.learning.stack import Stack
from simworth.learning.training import Examples, Schedule, one_pass, train

PRECISIONS: Final[tuple[str, ...]] = ("float32", "bf16")
"""what the core offers"""
DEVICES: Final[tuple[str, ...]] = ("cpu", "cuda")
"""where it runs"""
BLOCKS: Final = 1
"""blocks of ten trials that a worker of a sweep trains at once"""


@dataclass(frozen=True)
class Outcome:
    """What training left."""

    weights: dict[str, np.ndarray]
    """`<layer>.weight` (models, inputs, outputs), `<layer>.bias` (models, outputs) of the best validation epoch"""
    loss: np.ndarray
    """(models,) validation loss there"""
    epochs: np.ndarray
    """(models,) epochs run"""


def fresh(case: Case, models: Sequence[int], device: str = "cpu") -> torch.Tensor:
    """(models, size) first weights on `device`, as the core lays them out and a sweep draws them there."""
    layout, threads = Perceptron(case.widths).layout, cores() if device == "cuda" else 1
    return layout.fresh([case.weights(model) for model in models], threads).to(device)


def first_weights(case: Case, model: int) -> dict[str, np.ndarray]:
    """`<layer>.weight` (inputs, outputs), `<layer>.bias` (outputs,) that a model starts from."""
    layout = Perceptron(case.widths).layout
    return {name: value[0] for name, value in layout.unpack(fresh(case, [model])).items()}


@reproducible()
def train_models(
    case: Case, models: Sequence[int], epochs: int, precision: str = "float32", device: str = "cpu"
) -> Outcome:
    """Train all `models` at once for exactly `epochs` epochs, one thread, as a worker of a sweep does."""
    if precision not in PRECISIONS or device not in DEVICES:
        raise NotImplementedError(f"the training core offers {PRECISIONS} on {DEVICES}, not {precision} on {device}")
    on = torch.device(device)
    inputs, training, validation = given(case, models)
    schedule = Schedule(LEARNING_RATE, 0.0, case.batch, epochs, epochs, bf16=precision == "bf16")
    shuffles = [case.shuffles(model) for model in models]
    network, flat = Perceptron(case.widths), fresh(case, models, device)
    trained = train(network, flat, inputs.to(on), training.to(on), validation.to(on), schedule, shuffles)
    return Outcome(network.layout.unpack(trained.flat), trained.loss, trained.epochs)


@reproducible()
def step_seconds(case: Case, models: Sequence[int], epochs: int, device: str = "cpu") -> float:
    """Seconds of the steps alone: rows gathered, gradient, AdamW; no shuffling, no validation. One thread."""
    inputs, training, _ = given(case, models)
    inputs, training = inputs.to(device), training.to(torch.device(device))
    schedule = Schedule(LEARNING_RATE, 0.0, case.batch, epochs, epochs)
    parts = list(Stack.of(Perceptron(case.widths), fresh(case, models, device)).parts())
    parted = [(part, training.of(torch.arange(len(models))[which])) for which, part in parts]

    def work() -> None:
        for part, examples in parted:
            for _ in range(epochs):
                one_pass(part, inputs, examples, schedule)
            part.flat[0, 0].item()  # waits for the device

    if device == "cuda":
        work()  # captures the steps
    return seconds(work)


def given(case: Case, models: Sequence[int]) -> tuple[torch.Tensor, Examples, Examples]:
    """Padded inputs, and what each model trains on and is validated on."""
    x, y = case.table
    inputs = torch.zeros(len(x), padded(case.columns))
    inputs[:, : case.columns] = torch.from_numpy(x)
    learn, check = zip(*(case.chosen(model) for model in models), strict=True)
    return inputs, _examples(np.stack(learn), y), _examples(np.stack(check), y)


def _examples(rows: np.ndarray, y: np.ndarray) -> Examples:
    return Examples(torch.from_numpy(rows[..., None]), torch.from_numpy(y[rows]))
