"""The study's two networks, with their gradients written out, for many models at once.

The gradient of a perceptron under squared error is a handful of matrix products; writing it out, rather than
recording it, leaves no launch, allocation or bookkeeping per model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import torch

from simworth.learning.layout import Layout, Pair, Views, chain


class Batch(NamedTuple):
    """What every model of a stack sees in one step."""

    x: torch.Tensor
    """(models, rows, parts * padded columns) inputs; a pair's two materials lie side by side"""
    y: torch.Tensor
    """(models, rows) transformed labels"""
    weight: torch.Tensor | None = None
    """(models, rows) weight of each row's squared error; None: all 1"""
    measured: torch.Tensor | None = None
    """(models, rows) True where the label is a measurement; None where the network does not tell them apart"""

    def of(self, model: int) -> Batch:
        """What one model sees."""
        row = slice(model, model + 1)
        weight, measured = (None if part is None else part[row] for part in (self.weight, self.measured))
        return Batch(self.x[row], self.y[row], weight, measured)


Descent = Callable[[torch.Tensor, torch.Tensor], None]
"""input of a layer (models, rows, inputs) and derivative by its output (models, rows, outputs): takes the optimiser's
step of that layer at once, in place of memory for its gradient"""
Gradients = Sequence[Pair | Descent]
"""per layer"""


class Network(Protocol):
    """One shape of network; weights come from outside, as views of a stack's memory."""

    @property
    def layout(self) -> Layout:
        """Its layers in memory."""
        ...

    @property
    def parts(self) -> int:
        """Materials that one example consists of."""
        ...

    def predict(self, weights: Views, x: torch.Tensor, measured: torch.Tensor | None = None) -> torch.Tensor:
        """(models, rows, parts * columns) -> (models, rows); measurements unless `measured` says otherwise."""
        ...

    def gradient(self, weights: Views, gradients: Gradients, batch: Batch) -> None:
        """Fill `gradients` with that of the weighted mean squared error over the batch's rows."""
        ...


@dataclass(frozen=True)
class Perceptron:
    """ReLU between layers, one linear output (the study's network for RadonPy and Starrydata)."""

    widths: tuple[int, ...]
    """(layers + 1,) columns, hidden widths, 1"""
    parts: int = 1

    @cached_property
    def layout(self) -> Layout:
        """hidden0, hidden1, ..., output."""
        names = [*(f"hidden{index}" for index in range(len(self.widths) - 2)), "output"]
        return Layout(chain(self.widths, names))

    def predict(self, weights: Views, x: torch.Tensor, measured: torch.Tensor | None = None) -> torch.Tensor:
        """(models, rows, columns) -> (models, rows)."""
        return _forward(weights, x)[-1][..., 0]

    def gradient(self, weights: Views, gradients: Gradients, batch: Batch) -> None:
        """See Network."""
        values = _forward(weights, batch.x)
        delta = torch.zeros_like(values[-1])
        delta[..., 0] = _loss_gradient(values[-1][..., 0], batch)
        _backward(weights, gradients, values, delta, through=False)


@dataclass(frozen=True)
class Siamese:
    """The study's network for chi: one encoder for polymer and solvent, their distance in its last layer, two heads.

    The encoder is ReLU between layers and tanh on the last; the heads see the squared difference of the two encodings,
    coordinate by coordinate, and give the simulated and the measured chi (npj Comput. Mater. 11, 146, 2025, Methods).
    """

    columns: int
    encoder: tuple[int, ...] = (256, 128, 32)
    head: int = 32
    """width of a head's hidden layer"""
    parts: int = 2

    @cached_property
    def layout(self) -> Layout:
        """encoder0, encoder1, ..., simulated0, simulated1, measured0, measured1."""
        encoder = chain((self.columns, *self.encoder), [f"encoder{index}" for index in range(len(self.encoder))])
        widths = (self.encoder[-1], self.head, 1)
        heads = [chain(widths, [f"{name}0", f"{name}1"]) for name in ("simulated", "measured")]
        return Layout((*encoder, *heads[0], *heads[1]))

    def predict(self, weights: Views, x: torch.Tensor, measured: torch.Tensor | None = None) -> torch.Tensor:
        """(models, rows, 2 * columns) -> (models, rows)."""
        encoder, simulated_head, measured_head = self._split(weights)
        distance = self._difference(self._encode(encoder, x)[-1]) ** 2
        predicted = _forward(measured_head, distance)[-1][..., 0]
        if measured is None:
            return predicted
        return torch.where(measured, predicted, _forward(simulated_head, distance)[-1][..., 0])

    def gradient(self, weights: Views, gradients: Gradients, batch: Batch) -> None:
        """See Network."""
        assert batch.measured is not None
        encoder, *heads = self._split(weights)
        cut = len(self.encoder)
        encoder_gradients, *head_gradients = gradients[:cut], gradients[cut : cut + 2], gradients[cut + 2 :]
        values = self._encode(encoder, batch.x)
        difference = self._difference(values[-1])
        distance = difference**2
        back = torch.zeros_like(distance)
        for head, head_gradient, own in zip(heads, head_gradients, (~batch.measured, batch.measured), strict=True):
            predicted = _forward(head, distance)
            delta = torch.zeros_like(predicted[-1])
            delta[..., 0] = _loss_gradient(predicted[-1][..., 0], batch) * own
            back += _backward(head, head_gradient, predicted, delta, through=True)
        back *= 2 * difference
        delta = torch.cat((back, -back), dim=1) * (1 - values[-1] ** 2)
        _backward(encoder, encoder_gradients, values, delta, through=False)

    def _split(self, views: Views) -> tuple[Views, Views, Views]:
        cut = len(self.encoder)
        return views[:cut], views[cut : cut + 2], views[cut + 2 :]

    def _encode(self, encoder: Views, x: torch.Tensor) -> list[torch.Tensor]:
        """Activations of the encoder, first materials above second ones: (models, 2 * rows, width)."""
        values = _forward(encoder, torch.cat(x.chunk(2, dim=2), dim=1))
        values[-1] = values[-1].tanh_()
        return values

    @staticmethod
    def _difference(encoded: torch.Tensor) -> torch.Tensor:
        first, second = encoded.chunk(2, dim=1)
        return first - second


def _loss_gradient(predicted: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Derivative of the weighted mean squared error by each prediction."""
    gradient = (predicted - batch.y) * (2 / batch.y.shape[1])
    return gradient if batch.weight is None else gradient * batch.weight


def _as(other: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """`x` in the precision of `other`; asking first is cheaper than a conversion that does nothing."""
    return x if x.dtype == other.dtype else x.to(other.dtype)


def _forward(weights: Views, x: torch.Tensor) -> list[torch.Tensor]:
    """Input of every layer, in that layer's precision, and output of the last; ReLU after all but the last."""
    out = []
    for index, (weight, bias) in enumerate(weights):
        out.append(_as(weight, x))
        x = torch.baddbmm(bias, out[-1], weight)
        if index < len(weights) - 1:
            x.relu_()
    return [*out, x]


def _backward(
    weights: Views, gradients: Gradients, values: Sequence[torch.Tensor], delta: torch.Tensor, *, through: bool
) -> torch.Tensor:
    """Fill `gradients`, from the derivative by the last layer's output; the derivative by the input if `through`."""
    for index in range(len(weights) - 1, -1, -1):
        given, gradient = delta, gradients[index]
        if not callable(gradient):
            given = _as(gradient[0], delta)
            torch.bmm(values[index].mT, given, out=gradient[0])
            torch.sum(given, dim=1, keepdim=True, out=gradient[1])
        if index or through:
            delta = torch.bmm(given, weights[index][0].mT)
        if callable(gradient):
            gradient(values[index], given)  # after the weights were last read
        if index:
            torch.ops.aten.threshold_backward.grad_input(delta, values[index], 0, grad_input=delta)
    return delta
