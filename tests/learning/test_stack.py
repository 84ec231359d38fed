"""The batched core against PyTorch's own autograd and optimiser, and against itself in other batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from simworth.learning.layout import ALIGN
from simworth.learning.networks import Batch, Perceptron, Siamese
from simworth.learning.stack import Stack
from simworth.learning.training import Examples, Schedule, predict, train

NETWORK = Perceptron((7, 24, 12, 1))
LAYOUT = NETWORK.layout


def rngs(count: int, stream: int) -> list[np.random.Generator]:
    return [np.random.default_rng([index, stream]) for index in range(count)]


def module(flat: torch.Tensor) -> torch.nn.Sequential:
    """The same network as PyTorch would write it."""
    weights = LAYOUT.unpack(flat[None])
    layers: list[torch.nn.Module] = []
    for layer in LAYOUT.layers:
        weight = torch.from_numpy(weights[f"{layer.name}.weight"][0])
        linear = torch.nn.Linear(*weight.shape)
        linear.weight.data = weight.T.contiguous()
        linear.bias.data = torch.from_numpy(weights[f"{layer.name}.bias"][0])
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def padded_inputs(rows: int, columns: int = 7) -> torch.Tensor:
    x = torch.zeros(rows, -(-columns // ALIGN) * ALIGN)
    x[:, :columns] = torch.randn(rows, columns, generator=torch.Generator().manual_seed(1))
    return x


@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
def test_steps_equal_autograd_and_adamw(weight_decay: float) -> None:
    flat, x = LAYOUT.fresh(rngs(3, 0)), padded_inputs(60)
    y = torch.sin(x[:, :3]).T.contiguous()
    stack = Stack.of(NETWORK, flat.clone())
    for step in range(15):
        rows = torch.arange(step * 4, step * 4 + 4)
        stack.descend(Batch(x[rows].expand(3, -1, -1).contiguous(), y[:, rows]), 1e-2, weight_decay)
    for model in range(3):
        network = module(flat[model])
        optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2, weight_decay=weight_decay)
        for step in range(15):
            rows = torch.arange(step * 4, step * 4 + 4)
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(network(x[rows, :7])[:, 0], y[model, rows]).backward()
            optimiser.step()
        ours = stack.predict(x.expand(3, -1, -1))[model]
        torch.testing.assert_close(ours, network(x[:, :7])[:, 0].detach(), rtol=1e-4, atol=1e-5)


def test_padding_stays_zero() -> None:
    stack = Stack.of(NETWORK, LAYOUT.fresh(rngs(2, 0)))
    x = padded_inputs(16)
    for _ in range(5):
        stack.descend(Batch(x.expand(2, -1, -1), torch.ones(2, 16)), 1e-2, 0.0)
    true = sum(value[0].size for value in LAYOUT.unpack(stack.flat).values())
    assert int((stack.flat[0] != 0).sum()) <= true


def problem(models: int, columns: int = 7, count: int = 150) -> tuple[torch.Tensor, Examples, Examples]:
    x = padded_inputs(count, columns)
    order = torch.from_numpy(np.stack([rng.permutation(count) for rng in rngs(models, 1)]))
    y = (x[:, :5].sum(1) + torch.sin(3 * x[:, 0]))[order]
    cut = count * 4 // 5
    rows = order[..., None]
    return x, Examples(rows[:, :cut], y[:, :cut]), Examples(rows[:, cut:], y[:, cut:])


@pytest.mark.parametrize("alone", [[3], [1, 2], [0, 4, 5]])
def test_bits_do_not_depend_on_the_batch(alone: list[int]) -> None:
    network = Perceptron((190, 512, 256, 128, 64, 32, 1))
    x, learn, check = problem(6, 190)
    schedule, flat = Schedule(1e-3, 0.0, 32, 3, 25), network.layout.fresh(rngs(6, 0))
    together = train(network, flat, x, learn, check, schedule, rngs(6, 2))
    assert len(set(together.epochs)) > 1, "no model left the batch early: the test would show nothing"
    some = torch.tensor(alone)
    apart = train(
        network, flat[some], x, learn.of(some), check.of(some), schedule, [rngs(6, 2)[model] for model in alone]
    )
    assert torch.equal(apart.flat, together.flat[some])
    assert (apart.epochs == together.epochs[alone]).all()


def test_early_stopping_returns_to_the_best_epoch() -> None:
    x, learn, check = problem(4)
    trained = train(NETWORK, LAYOUT.fresh(rngs(4, 0)), x, learn, check, Schedule(3e-2, 0.0, 8, 4, 60), rngs(4, 2))
    said = predict(Stack.of(NETWORK, trained.flat), x, check.rows)
    np.testing.assert_allclose(((said - check.y).double() ** 2).mean(1).numpy(), trained.loss, rtol=1e-12)
    assert (trained.epochs < 60).all()


def test_a_model_that_diverges_stops_alone() -> None:
    x, learn, check = problem(3)
    y = learn.y.clone()
    y[1] = float("nan")
    trained = train(
        NETWORK, LAYOUT.fresh(rngs(3, 0)), x, Examples(learn.rows, y), check, Schedule(1e-3, 0.0, 8, 3, 8), rngs(3, 2)
    )
    assert np.isinf(trained.loss[1])
    assert trained.epochs[1] == 1
    assert np.isfinite(trained.loss[[0, 2]]).all()


def siamese_by_autograd(flat: torch.Tensor, x: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Gradient of one Siamese model's loss, as PyTorch derives it; (size,)."""
    network = Siamese(7, (24, 16), 12)
    row = flat[None].clone().requires_grad_()
    views = network.layout.views(row)
    encoder, heads = views[:2], (views[2:4], views[4:])

    def through(layers: list[tuple[torch.Tensor, torch.Tensor]], value: torch.Tensor) -> torch.Tensor:
        for index, (weight, bias) in enumerate(layers):
            value = value @ weight[0] + bias[0]
            value = torch.relu(value) if index < len(layers) - 1 else value
        return value

    first, second = (torch.tanh(through(encoder, part)) for part in x.chunk(2, dim=1))
    distance = (first - second) ** 2
    simulated, measured = (through(head, distance)[:, 0] for head in heads)
    assert batch.measured is not None
    assert batch.weight is not None
    said = torch.where(batch.measured[0], measured, simulated)
    loss = (batch.weight[0] * (said - batch.y[0]) ** 2).mean()
    loss.backward()
    assert row.grad is not None
    return row.grad[0]


def test_the_siamese_gradient_is_autograds() -> None:
    network = Siamese(7, (24, 16), 12)
    flat = network.layout.fresh(rngs(3, 0))
    generator = torch.Generator().manual_seed(3)
    table = padded_inputs(20)
    rows = torch.randint(0, 20, (3, 10, 2), generator=generator)
    examples = Examples(
        rows,
        torch.randn(3, 10, generator=generator),
        torch.rand(3, 10, generator=generator),
        torch.rand(3, 10, generator=generator) > 0.5,
    )
    batch = examples.batch(table, 0, 10)
    stack = Stack.of(network, flat)
    stack.descend(batch, 0.0, 0.0)
    for model in range(3):
        one = examples.of(torch.tensor([model])).batch(table, 0, 10)
        torch.testing.assert_close(
            stack.gradient[model], siamese_by_autograd(flat[model], one.x[0], one), rtol=1e-4, atol=1e-6
        )
