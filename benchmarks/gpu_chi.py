"""A line on a GPU: steps of the network for chi, many trials at once, against one network in plain PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from torch import nn

from benchmarks.case import LEARNING_RATE
from benchmarks.gpu import why_not
from benchmarks.lines import Line, Target
from benchmarks.rounds import interleaved, seconds
from benchmarks.same import WorkDiffers
from simworth.learning.device import reproducible
from simworth.learning.layout import padded
from simworth.learning.networks import Siamese
from simworth.learning.stack import Stack
from simworth.learning.training import Examples, Schedule, one_pass

CHI: Final = Target(
    "steps of the chi network on a GPU, 500 trials at once",
    "one network in plain PyTorch on the same GPU",
    "model-steps/s",
    100.0,
)
_APART: Final = 0.02
"""root mean square difference of the weights, as a share of how far they moved; rounding leaves 2e-5"""
_CHECKED: Final = 3
"""steps that are compared: later, a sum near 0 that rounds to the other side of a ReLU parts networks that are alike"""


@dataclass(frozen=True)
class ChiLoad:
    """How much is timed: a table of materials, and pairs of them, simulated and measured."""

    models: int = 500
    columns: int = 380
    materials: int = 400
    pairs: int = 1_600
    batch: int = 32
    rounds: int = 3
    device: str = "cuda"

    @property
    def steps(self) -> int:
        """Of a pass over the pairs."""
        return -(-self.pairs // self.batch)

    @cached_property
    def network(self) -> Siamese:
        """The study's."""
        return Siamese(self.columns)

    @cached_property
    def inputs(self) -> torch.Tensor:
        """(materials, padded columns) on the device."""
        table = torch.zeros(self.materials, padded(self.columns))
        values = np.random.default_rng(0).normal(size=(self.materials, self.columns))
        table[:, : self.columns] = torch.from_numpy(values.astype(np.float32))
        return table.to(self.device)

    def examples(self, models: int) -> Examples:
        """Pairs of each model on the device; the first model's are the same however many there are."""
        rng = np.random.default_rng(1)
        rows = rng.integers(self.materials, size=(models, self.pairs, 2))
        y = np.random.default_rng(3).normal(size=(models, self.pairs))
        measured = torch.arange(self.pairs).expand(models, -1) % 3 == 0
        weight = torch.where(measured, 0.5, 1.5)
        given = Examples(torch.from_numpy(rows), torch.from_numpy(y.astype(np.float32)), weight, measured)
        return given.to(torch.device(self.device))

    def fresh(self, models: int) -> torch.Tensor:
        """(models, size) first weights on the device."""
        return self.network.layout.fresh([np.random.default_rng([2, k]) for k in range(models)]).to(self.device)


def chi_lines(load: ChiLoad) -> list[Line]:
    """One line; without numbers where this machine has no such device."""
    size = f"{load.models} models of {load.network.layout.size:,} weights, {load.pairs:,} pairs, batch {load.batch}"
    if why := why_not(load.device):
        return [CHI.missing(why, size)]
    _check(load)
    runs: dict[str, Callable[[], float]] = {"ours": ChiPass(load), "plain": partial(_plain_rate, load)}
    for run in runs.values():
        run()
    found = interleaved(runs, load.rounds)
    ratios = found.ratios("ours", "plain")
    return [CHI.measured(found.median("ours"), found.median("plain"), rate=True, spread=ratios, size=size)]


class ChiPass:
    """Passes of all models, in model-steps per second; the stack stays, as its captured steps do."""

    def __init__(self, load: ChiLoad) -> None:
        self._load, self._examples = load, load.examples(load.models)
        self._stack = Stack.of(load.network, load.fresh(load.models))

    @reproducible()
    def __call__(self) -> float:
        load = self._load
        return load.models * load.steps / seconds(partial(_pass, self._stack, load, self._examples))


def _pass(stack: Stack, load: ChiLoad, examples: Examples) -> None:
    one_pass(stack, load.inputs, examples, Schedule(LEARNING_RATE, 0.0, load.batch, 1, 1))
    stack.flat[0, 0].item()  # waits for the device


class PlainChi(nn.Module):
    """The same network as a user would write it."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        widths = (columns, 256, 128, 32)
        layers = [nn.Linear(a, b) for a, b in pairwise(widths)]
        self.encoder = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2], nn.Tanh())
        heads = [nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1)) for _ in range(2)]
        self.simulated, self.measured = heads

    def forward(self, x: torch.Tensor, measured: torch.Tensor) -> torch.Tensor:
        """(rows, 2, columns), (rows,) -> (rows,)."""
        first, second = self.encoder(x).unbind(1)
        distance = (first - second) ** 2
        return torch.where(measured, self.measured(distance)[:, 0], self.simulated(distance)[:, 0])

    def linear(self) -> list[nn.Linear]:
        """In the order in which ours lie in memory."""
        return [layer for layer in self.modules() if isinstance(layer, nn.Linear)]


def _plain(load: ChiLoad) -> PlainChi:
    """One pass of the first model, trained by Adam."""
    network, first = PlainChi(load.columns), load.network.layout.unpack(load.fresh(1))
    names = dict.fromkeys(name.rpartition(".")[0] for name in first)
    with torch.no_grad():
        for layer, name in zip(network.linear(), names, strict=True):
            layer.weight.copy_(torch.from_numpy(first[f"{name}.weight"][0].T))
            layer.bias.copy_(torch.from_numpy(first[f"{name}.bias"][0]))
    network.to(load.device)
    optimiser, given = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE), load.examples(1)
    assert given.weight is not None
    assert given.measured is not None
    inputs = load.inputs[:, : load.columns]
    for start in range(0, load.pairs, load.batch):
        which = slice(start, start + load.batch)
        optimiser.zero_grad()
        said = network(inputs[given.rows[0, which]], given.measured[0, which])
        (given.weight[0, which] * (said - given.y[0, which]) ** 2).mean().backward()
        optimiser.step()
    next(network.parameters()).flatten()[0].item()  # waits for the device
    return network


def _plain_rate(load: ChiLoad) -> float:
    return load.steps / seconds(lambda: _plain(load))


@reproducible()
def _trained(load: ChiLoad, models: int) -> dict[str, np.ndarray]:
    stack = Stack.of(load.network, load.fresh(models))
    _pass(stack, load, load.examples(models))
    return load.network.layout.unpack(stack.flat)


def _check(load: ChiLoad, models: int = 3) -> None:
    """The first of several networks learns what a plain one learns; raises WorkDiffers."""
    load = replace(load, pairs=_CHECKED * load.batch)
    ours, first = _trained(load, models), load.network.layout.unpack(load.fresh(1))
    names = dict.fromkeys(name.rpartition(".")[0] for name in ours)
    apart, moved = 0.0, 0.0
    for layer, name in zip(_plain(load).linear(), names, strict=True):
        weight = layer.weight.detach().cpu().numpy().T
        apart += float(np.sum((weight - ours[f"{name}.weight"][0]) ** 2))
        moved += float(np.sum((weight - first[f"{name}.weight"][0]) ** 2))
    if not apart <= _APART**2 * moved:
        raise WorkDiffers(f"chi network: weights lie {(apart / moved) ** 0.5:.3g} of their way apart")
