"""Network and optimiser of a task.

What is left out takes the study's value (npj Comput. Mater. 11, 146, 2025, Methods and Table 2).
"""

from __future__ import annotations

import math
from dataclasses import field
from typing import Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from simworth.config.sides import STRICT

InputStep = Literal["drop-constant", "log", "norm", "yeo-johnson", "min-max"]
OutputStep = Literal["norm", "yeo-johnson", "min-max"]

STUDY_INPUT_STEPS: Final[dict[str, tuple[InputStep, ...]]] = {
    "ffkm": ("log", "norm", "yeo-johnson"),
    "composition_kernel_mean": ("log", "norm", "yeo-johnson"),
    "rdkit_descriptors": ("drop-constant", "min-max"),
    "condition": ("min-max",),
}
"""The study's preprocessing for RadonPy and Starrydata; chi adds `min-max` to ffkm (Methods)."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Annealing:
    """Pretraining of a fixed length, in which the learning rate falls to 0 along half a cosine (Loshchilov and Hutter,
    ICLR 2017, eq. 5, without restarts), instead of a constant rate until validation stops it; its weights are
    those of the last epoch."""

    steps: int = Field(ge=1)
    """as many epochs as hold so many, one at least; what an epoch takes, `most_steps` bounds"""
    most_epochs: int = Field(default=20, ge=1)
    """however few steps a small database then takes"""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Training:
    """Network and optimiser of a task; the defaults are the study's for RadonPy."""

    hidden: tuple[int, ...] = Field(default=(512, 256, 128, 64, 32), min_length=1)
    """widths of the hidden layers, ReLU between; multitask learning: of the encoder, tanh on the last"""
    head: int = Field(default=32, ge=1)
    """multitask learning: width of each head's hidden layer"""
    simulated_weight: float = Field(default=0.5, ge=0, lt=1)
    """multitask learning: the study's lambda, weight of the simulated term of the loss; 1 - lambda on the measured"""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Adam, pretraining"""
    target_learning_rate: float = Field(default=1e-3, gt=0)
    """Adam, fine-tuning and direct learning"""
    weight_decay: float = Field(default=0.0, ge=0)
    """decoupled (AdamW); 0 is plain Adam"""
    batch_size: int = Field(default=32, ge=1)
    most_steps: int | None = Field(default=None, ge=1)
    """of an epoch: where a database asks for more, batches grow, and the learning rate with their square root (Adam:
    Malladi et al., NeurIPS 2022); None: `batch_size` whatever n, as in the study"""
    patience: int = Field(default=5, ge=1)
    """epochs without a better validation loss before a model stops"""
    max_epochs: int = Field(default=200, ge=1)
    annealing: Annealing | None = None
    """of pretraining; None: a constant rate and early stopping, as in the study and, whatever this says, on the
    measured side"""
    validation_fraction: float = Field(default=0.2, gt=0, lt=1)
    """of the n source rows and of the m training materials, within n and m"""
    input_steps: dict[str, tuple[InputStep, ...]] = field(default_factory=lambda: dict(STUDY_INPUT_STEPS))
    """descriptor -> what its columns go through; `condition` is the flag, T and 1/T of a pair; a descriptor that is
    not named here takes `norm`, `yeo-johnson`"""
    output_steps: tuple[OutputStep, ...] = ("norm", "yeo-johnson")
    clip_input: float = Field(default=5.0, gt=0)
    """standard deviations, after normalisation"""
    clip_output: float = Field(default=3.5, gt=0)
    """bound on a normalised prediction before the inverse Yeo-Johnson; clipped predictions are counted"""
    architecture: str = ""
    """a registered network; '' means that of the task's learning"""
    frozen: int = Field(default=0, ge=0)
    """fine-tuning: first layers that keep their pretrained weights; direct learning, without any, freezes none"""
    precision: Literal["float32", "bf16"] = "float32"
    """bf16: wide layers multiply in bfloat16 while they learn and are validated; weights, optimiser and the predictions
    of test sets stay float32"""

    def batch_of(self, materials: int) -> int:
        """Examples of a step where so many materials are learned from and validated on."""
        if self.most_steps is None:
            return self.batch_size
        return max(self.batch_size, math.ceil(self._learned(materials) / self.most_steps))

    def annealed_epochs(self, materials: int) -> int | None:
        """Of a pretraining on so many materials; None where validation decides."""
        if self.annealing is None:
            return None
        steps = max(1, math.ceil(self._learned(materials) / self.batch_of(materials)))
        return min(self.annealing.most_epochs, math.ceil(self.annealing.steps / steps))

    def _learned(self, materials: int) -> float:
        return materials * (1 - self.validation_fraction)
