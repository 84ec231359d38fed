"""What a user would write: one model, torch.nn, torch.optim.Adam, shuffled batches, the best epoch kept."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from benchmarks.case import LEARNING_RATE, Case
from benchmarks.engine import first_weights


@dataclass(frozen=True)
class PlainOutcome:
    """What one loop left."""

    weights: list[tuple[np.ndarray, np.ndarray]]
    """per layer (inputs, outputs) weights and (outputs,) biases of the best validation epoch"""
    loss: float
    """validation loss there"""


def plain_loop(case: Case, model: int, epochs: int, device: str = "cpu") -> PlainOutcome:
    """Train one model of `case` from its own first weights, its data on `device`."""
    network = _network(case, model).to(device)
    x, y = (torch.from_numpy(part).to(device) for part in case.table)
    learn, check = (torch.from_numpy(rows).to(device) for rows in case.chosen(model))
    x_learn, y_learn, x_check, y_check = x[learn], y[learn, None], x[check], y[check, None]
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    measure, shuffles = nn.MSELoss(), case.shuffles(model)
    lowest, kept = float("inf"), copy.deepcopy(network.state_dict())
    for _ in range(epochs):
        order = torch.from_numpy(shuffles.permutation(case.rows)).to(device)
        for batch in torch.split(order, case.batch):
            optimiser.zero_grad()
            loss = measure(network(x_learn[batch]), y_learn[batch])
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            now = measure(network(x_check), y_check).item()
        if now < lowest:
            lowest, kept = now, copy.deepcopy(network.state_dict())
    network.load_state_dict(kept)
    return PlainOutcome([_arrays(layer) for layer in network if isinstance(layer, nn.Linear)], lowest)


def _network(case: Case, model: int) -> nn.Sequential:
    """A perceptron, with the weights that ours starts from."""
    pairs = list(zip(case.widths, case.widths[1:], strict=False))
    layers: list[nn.Module] = []
    for index, pair in enumerate(pairs):
        layers += [nn.Linear(*pair), nn.ReLU()] if index < len(pairs) - 1 else [nn.Linear(*pair)]
    network, first = nn.Sequential(*layers), first_weights(case, model)
    names = dict.fromkeys(name.rpartition(".")[0] for name in first)
    with torch.no_grad():
        for layer, name in zip((one for one in network if isinstance(one, nn.Linear)), names, strict=True):
            layer.weight.copy_(torch.from_numpy(first[f"{name}.weight"].T))
            layer.bias.copy_(torch.from_numpy(first[f"{name}.bias"]))
    return network


def _arrays(layer: nn.Linear) -> tuple[np.ndarray, np.ndarray]:
    return layer.weight.detach().cpu().numpy().T.copy(), layer.bias.detach().cpu().numpy().copy()
