"""Networks by name: gradients of our own against those that PyTorch derives, through the same interface."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from simworth.learning.architectures import Autograd, Layers, Shape, network_of
from simworth.learning.device import reproducible
from simworth.learning.layout import Dense, chain
from simworth.learning.networks import Batch
from simworth.learning.stack import Stack
from simworth.sweep.shards import task_digest
from tests.sweep.planted import settings

from .test_stack import rngs


def through(layers: Layers, names: list[str], x: torch.Tensor) -> torch.Tensor:
    for name in names:
        x = torch.baddbmm(layers[name][1], x, layers[name][0])
        x = torch.relu(x) if name != names[-1] else x
    return x


class Plain(Autograd):
    """The perceptron, as a user would write it."""

    @property
    def layers(self) -> tuple[Dense, ...]:
        return chain((self.shape.columns, *self.shape.hidden, 1), ["hidden0", "hidden1", "output"])

    def forward(self, layers: Layers, x: torch.Tensor, measured: torch.Tensor | None) -> torch.Tensor:
        return through(layers, ["hidden0", "hidden1", "output"], x)[..., 0]


class Pairs(Autograd):
    """The network of pairs, likewise."""

    @property
    def layers(self) -> tuple[Dense, ...]:
        encoder = chain((self.shape.columns, *self.shape.hidden), ["encoder0", "encoder1"])
        widths = (self.shape.hidden[-1], self.shape.head, 1)
        return (*encoder, *(one for head in "sm" for one in chain(widths, [f"{head}0", f"{head}1"])))

    def forward(self, layers: Layers, x: torch.Tensor, measured: torch.Tensor | None) -> torch.Tensor:
        first, second = (torch.tanh(through(layers, ["encoder0", "encoder1"], part)) for part in x.chunk(2, dim=2))
        simulated, real = (through(layers, [f"{h}0", f"{h}1"], (first - second) ** 2)[..., 0] for h in "sm")
        return real if measured is None else torch.where(measured, real, simulated)


def batch(parts: int) -> Batch:
    generator = torch.Generator().manual_seed(2)
    x = torch.zeros(3, 9, 16 * parts)
    for part in range(parts):
        x[..., part * 16 : part * 16 + 7] = torch.randn(3, 9, 7, generator=generator)
    y, weight = torch.randn(3, 9, generator=generator), torch.rand(3, 9, generator=generator)
    return Batch(x, y, weight, torch.rand(3, 9, generator=generator) > 0.5 if parts == 2 else None)


@pytest.mark.parametrize(("kind", "parts"), [(Plain, 1), (Pairs, 2)])
def test_our_gradients_are_autograds_through_the_same_interface(kind: type[Autograd], parts: int) -> None:
    shape = Shape(7, (24, 12), 8, parts)
    fast, derived, given = network_of("", shape), kind(shape), batch(parts)
    flat = fast.layout.fresh(rngs(3, 0))
    assert fast.layout.size == derived.layout.size
    with reproducible():
        stacks = [Stack.of(network, flat.clone()) for network in (fast, derived)]
        for stack in stacks:
            for _ in range(5):
                stack.descend(given, 1e-2, 0.0)
        torch.testing.assert_close(*(stack.gradient for stack in stacks), rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(*(stack.predict(given.x, given.measured) for stack in stacks), rtol=1e-3, atol=1e-5)


def test_bits_of_a_derived_network_do_not_depend_on_the_models_beside_it() -> None:
    network, given = Plain(Shape(7, (24, 12), 8, 1)), batch(1)
    flat = network.layout.fresh(rngs(3, 0))
    with reproducible():
        together, alone = Stack.of(network, flat.clone()), Stack.of(network, flat[1:2].clone())
        for _ in range(5):
            together.descend(given, 1e-2, 0.0)
            alone.descend(given.of(1), 1e-2, 0.0)
    assert torch.equal(together.flat[1], alone.flat[0])


def test_a_named_architecture_names_other_shards_and_no_name_changes_none() -> None:
    task = settings().tasks["density"]
    named = replace(task, training=replace(task.training, architecture="perceptron"))
    assert task_digest(1, named, "data") != task_digest(1, task, "data")


def test_the_digest_of_a_task_without_new_settings_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that came after engine 2 rename nothing where they are not used."""
    monkeypatch.setattr("simworth.sweep.shards.version", lambda _: "1.0")
    assert task_digest(1, settings().tasks["density"], "data") == KEPT


KEPT = "88f0296dfa0c98ff32df12e57d8fe257"
