"""Networks by name: a class says what its layers are and what it makes of a batch; the rest is the same for all.

`training.architecture` in params.yaml names a member of ARCHITECTURES. Without a name a task takes the network of its
learning: the perceptron for fine-tuning, the network of pairs for multitask learning. Both bring gradients of their
own; a network that derives from Autograd need not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

import numpy as np
import torch

from simworth.learning.layout import Dense, Layout, Pair, Views, chain
from simworth.learning.networks import Batch, Gradients, Network, Perceptron, Siamese
from simworth.registry import Registry


@dataclass(frozen=True)
class Shape:
    """What a network is made for."""

    columns: int
    """of each material's input"""
    hidden: tuple[int, ...]
    """`training.hidden`"""
    head: int
    """`training.head`"""
    parts: int
    """materials of an example: 2 for pairs, else 1"""


Architecture = Callable[[Shape], Network]
"""makes the network of a shape; its weights come from outside"""
ARCHITECTURES: Final[Registry[Architecture]] = Registry("architecture", "simworth.architectures")


@ARCHITECTURES.register("perceptron")
def perceptron(shape: Shape) -> Network:
    """ReLU between layers of widths `hidden`, one linear output."""
    return Perceptron((shape.columns, *shape.hidden, 1))


@ARCHITECTURES.register("pairs")
def pairs(shape: Shape) -> Network:
    """One encoder for both materials of a pair, a head for simulated and one for measured values."""
    return Siamese(shape.columns, shape.hidden, shape.head)


Layers = Mapping[str, Pair]
"""name of a layer -> its weight (models, inputs, outputs) and bias (models, 1, outputs)"""


@dataclass(frozen=True)
class Autograd(ABC):
    """A network whose gradient PyTorch derives: a subclass gives `layers` and `forward`.

    A trial's bits do not depend on the trials beside it as long as `forward` multiplies model by model
    (torch.baddbmm, torch.bmm), and mixes no models otherwise.
    """

    shape: Shape

    version: ClassVar[int] = 1
    """raised whenever the numbers of the network or of its samples change: part of every shard's digest"""

    @property
    @abstractmethod
    def layers(self) -> tuple[Dense, ...]:
        """What has weights, in the order of memory; drawn as torch.nn.Linear draws them."""

    @abstractmethod
    def forward(self, layers: Layers, x: torch.Tensor, measured: torch.Tensor | None) -> torch.Tensor:
        """(models, rows, parts * columns) inputs -> (models, rows) predictions, in transformed units.

        `measured` (models, rows) is False where a simulation is to be predicted; None: all are measurements.
        """

    @classmethod
    def samples(cls, structures: list[str]) -> np.ndarray | None:
        """(structures, columns) of its own making, which take the place of the descriptors; None: the descriptors."""
        return None

    @property
    def parts(self) -> int:
        """Materials of an example."""
        return self.shape.parts

    @cached_property
    def layout(self) -> Layout:
        """Its layers in memory."""
        return Layout(self.layers)

    def predict(self, weights: Views, x: torch.Tensor, measured: torch.Tensor | None = None) -> torch.Tensor:
        """See Network: `forward` without the padding."""
        parts = [part[..., : self.shape.columns] for part in x.chunk(self.parts, dim=2)]
        layers = {
            layer.name: (weight[:, : layer.inputs, : layer.outputs], bias[:, :, : layer.outputs])
            for layer, (weight, bias) in zip(self.layers, weights, strict=True)
        }
        return self.forward(layers, torch.cat(parts, dim=2), measured)

    def gradient(self, weights: Views, gradients: Gradients, batch: Batch) -> None:
        """See Network; padding gets none, and no layer takes its step by itself."""
        with torch.inference_mode(mode=False), torch.enable_grad():
            own = [(weight.clone().requires_grad_(), bias.clone().requires_grad_()) for weight, bias in weights]
            x, y, weight, measured = (None if part is None else part.clone() for part in batch)
            assert x is not None
            assert y is not None
            squares = (self.predict(own, x, measured) - y) ** 2
            loss = (squares if weight is None else squares * weight).mean(dim=1).sum()
            found = torch.autograd.grad(loss, [part for pair in own for part in pair])
        memory = (part for pair in gradients if isinstance(pair, tuple) for part in pair)
        for given, taken in zip(found, memory, strict=True):
            taken.copy_(given)


@dataclass(frozen=True)
class Heads(Autograd):
    """The perceptron with an output a property; `measured` says which output an example is of, None: the first."""

    heads: int = 1

    @property
    def layers(self) -> tuple[Dense, ...]:
        """hidden0, hidden1, ..., output."""
        widths = (self.shape.columns, *self.shape.hidden, self.heads)
        return chain(widths, [*(f"hidden{index}" for index in range(len(self.shape.hidden))), "output"])

    def forward(self, layers: Layers, x: torch.Tensor, measured: torch.Tensor | None) -> torch.Tensor:
        """(models, rows, columns) -> (models, rows)."""
        *hidden, (weight, bias) = layers.values()
        for matrix, offset in hidden:
            x = torch.relu(torch.baddbmm(offset, x, matrix))
        outputs = torch.baddbmm(bias, x, weight)
        return outputs[..., 0] if measured is None else outputs.gather(2, measured[..., None])[..., 0]


def network_of(name: str, shape: Shape) -> Network:
    """The network that a task names, '' for that of its learning."""
    return ARCHITECTURES[name or ("pairs" if shape.parts == 2 else "perceptron")](shape)


def own_samples(name: str, structures: list[str]) -> np.ndarray | None:
    """(structures, columns) samples of an architecture's own, None where it takes descriptors.

    ValueError where they are not one finite row a structure.
    """
    make = getattr(ARCHITECTURES[name], "samples", None) if name else None
    samples = None if make is None else make(structures)
    if samples is None:
        return None
    samples = np.asarray(samples, dtype=np.float64)
    if samples.ndim != 2 or len(samples) != len(structures) or not np.isfinite(samples).all():
        raise ValueError(
            f"architecture {name!r}: samples() must give one row of finite numbers for each of {len(structures)} "
            f"structures, gave an array of shape {samples.shape}"
        )
    return samples


def version_of(name: str) -> int:
    """What a named architecture's digest holds beside its name."""
    return int(getattr(ARCHITECTURES[name], "version", 1))
