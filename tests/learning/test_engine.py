"""Slots in a stack, replayed steps, mixed precision and the GPU: other ways to the same numbers."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import numpy as np
import pytest
import torch

from simworth.errors import SimworthError
from simworth.learning.device import Replays, device, reproducible
from simworth.learning.mixed import wide_layers
from simworth.learning.networks import Batch, Perceptron, Siamese
from simworth.learning.slots import Slots
from simworth.learning.stack import Stack, near
from simworth.learning.training import Schedule, train

from .test_stack import problem, rngs

STUDY = Perceptron((190, 512, 256, 128, 64, 32, 1))
SMALL = Perceptron((7, 24, 12, 1))


def test_places_go_to_those_that_wait() -> None:
    slots = Slots.first(5, 3)
    assert slots.leave(np.array([1])).tolist() == [1]
    assert slots.models.tolist() == [0, 3, 2]
    assert slots.leave(np.array([0, 2])).tolist() == [0]
    assert slots.models[slots.taken].tolist() == [4, 3]
    assert slots.close_up(0.5) is None
    assert slots.close_up(0.0).tolist() == [0, 1]  # type: ignore[union-attr]


@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_queue_gives_the_bits_of_one_batch(width: int) -> None:
    x, learn, check = problem(6, 190)
    schedule, flat = Schedule(1e-3, 0.0, 32, 3, 12), STUDY.layout.fresh(rngs(6, 0))
    whole = train(STUDY, flat, x, learn, check, schedule, rngs(6, 2))
    assert len(set(whole.epochs)) > 1, "all models stop at once: no place would be taken over"
    queued = train(STUDY, flat, x, learn, check, schedule, rngs(6, 2), width)
    assert torch.equal(queued.flat, whole.flat)
    assert (queued.epochs == whole.epochs).all()


def test_idle_rows_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU stopped models keep their rows for a while; the others must not notice."""
    x, learn, check = problem(6)
    schedule, flat = Schedule(3e-2, 0.0, 8, 3, 30), SMALL.layout.fresh(rngs(6, 0))
    whole = train(SMALL, flat, x, learn, check, schedule, rngs(6, 2))
    monkeypatch.setitem(__import__("simworth.learning.training", fromlist=["x"])._SPARE, "cpu", 0.9)
    idle = train(SMALL, flat, x, learn, check, schedule, rngs(6, 2), 4)
    assert torch.equal(idle.flat, whole.flat)
    assert (idle.epochs == whole.epochs).all()


@pytest.mark.parametrize("bf16", [False, True])
def test_parts_cover_a_stack_and_share_its_memory(bf16: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.learning.stack.NEAR", 10 * 2**20)
    stack = Stack.of(STUDY, STUDY.layout.fresh(rngs(5, 0)), bf16=bf16)
    parts = list(stack.parts())
    assert [which for which, _ in parts] == [slice(0, 2), slice(2, 4), slice(4, 6)], "two of the study's networks fit"
    assert all(4 * part.flat.nbytes <= 10 * 2**20 for _, part in parts)
    parts[1][1].flat.fill_(7.0)
    assert (stack.flat[2:4] == 7).all()
    assert not (stack.flat[[0, 1, 4]] == 7).any()


def test_the_size_of_a_cache_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    x, learn, check = problem(5, 190)
    schedule, flat = Schedule(1e-3, 0.0, 32, 3, 4), STUDY.layout.fresh(rngs(5, 0))
    left = []
    for last_level, parts in ((0, 3), (480 * 2**20, 1)):
        monkeypatch.setattr("simworth.learning.stack.NEAR", near(last_level))
        assert len(list(Stack.of(STUDY, flat).parts())) == parts
        left.append(train(STUDY, flat, x, learn, check, schedule, rngs(5, 2)).flat)
    assert torch.equal(*left)


@pytest.mark.parametrize(("last_level", "parts"), [(0, 10), (16, 10), (45, 15), (480, 22)])
def test_a_part_takes_a_third_of_the_last_level_cache(last_level: int, parts: int) -> None:
    assert near(last_level * 2**20) == parts * 2**20


def test_copies_in_bf16_follow_their_masters() -> None:
    """Through steps of the parts, models that come and models that are kept."""
    stack = Stack.of(STUDY, STUDY.layout.fresh(rngs(5, 0)), bf16=True)

    def followed() -> bool:
        pairs = zip(stack.copies.weights, STUDY.layout.views(stack.flat), strict=False)
        return all(torch.equal(low, own.to(torch.bfloat16)) for pair in pairs for low, own in zip(*pair, strict=True))

    for which, part in stack.parts():
        (batch,) = batches(STUDY, 5, 1, 192)
        part.descend(Batch(batch.x[which], batch.y[which]), 1e-2, 0.0)
        assert followed()
    stack.renew(torch.tensor([1, 4]), STUDY.layout.fresh(rngs(2, 3)))
    assert followed()
    assert stack.steps.tolist() == [1, 0, 1, 1, 0]
    stack = stack.take(torch.tensor([0, 2, 4]))
    assert followed()


@pytest.mark.parametrize("bf16", [False, True])
def test_a_stack_that_is_left_gives_its_memory_back(bf16: bool) -> None:
    """At once, not when Python next looks for circles: every model that stops leaves a stack behind."""
    stack = Stack.of(STUDY, STUDY.layout.fresh(rngs(3, 0)), bf16=bf16)
    _, part = next(stack.parts())
    left = [weakref.ref(stack), weakref.ref(part)]
    gc.disable()
    try:
        del stack, part
        assert [one() for one in left] == [None, None]
    finally:
        gc.enable()


def test_bf16_predicts_by_what_it_multiplies_by() -> None:
    stack = Stack.of(STUDY, STUDY.layout.fresh(rngs(2, 0)), bf16=True)
    (batch,) = batches(STUDY, 2, 1, 192)
    before = stack.predict(batch.x)
    stack.flat.add_(1e-6)  # less than bfloat16 can tell: only the narrow layers' weights and the copies count
    stack.copies.refresh(stack.network.layout.views(stack.flat))
    exact = Stack.of(STUDY, stack.flat).predict(batch.x)
    assert stack.predict(batch.x).dtype == torch.float32
    assert 0 < (stack.predict(batch.x) - exact).abs().max() < 0.05
    torch.testing.assert_close(stack.predict(batch.x), before, rtol=0, atol=1e-3)


def batches(network: Perceptron | Siamese, models: int, count: int, columns: int) -> list[Batch]:
    generator = torch.Generator().manual_seed(5)
    out = []
    for size in [16] * (count - 1) + [7]:
        x = torch.randn(models, size, columns * network.parts, generator=generator)
        y = torch.randn(models, size, generator=generator)
        measured = torch.rand(models, size, generator=generator) > 0.5 if network.parts == 2 else None
        out.append(Batch(x, y, None, measured))
    return out


@pytest.mark.parametrize("network", [Perceptron((16, 24, 12, 1)), Siamese(16, (24, 16), 12)])
def test_replayed_steps_are_the_steps(network: Perceptron | Siamese) -> None:
    """The bookkeeping of captured steps, with a capture that does the work again when it is replayed."""
    eager, replayed = (Stack.of(network, network.layout.fresh(rngs(3, 0))) for _ in range(2))
    recorded: list[object] = []

    def record(work: Callable[[], None]) -> Callable[[], None]:
        recorded.append(work)
        return work

    replays = Replays(record)
    for rate in (1e-2, 1e-3):
        for batch in batches(network, 3, 8, 16) * 3:
            eager.descend(batch, rate, 0.0)
            replays(replayed.descend, batch, rate, 0.0)
    assert torch.equal(eager.flat, replayed.flat)
    assert len(recorded) == 4, "for each rate one capture for whole batches, one for the short last ones"


def test_only_wide_layers_are_low() -> None:
    assert wide_layers(STUDY.layout) == 3
    assert wide_layers(Siamese(400).layout) == 2
    assert wide_layers(SMALL.layout) == 0


@pytest.mark.parametrize(("network", "columns"), [(STUDY, 192), (Siamese(390), 400)])
def test_bf16_follows_float32(network: Perceptron | Siamese, columns: int) -> None:
    """Its first mean gradient differs by rounding: a few parts in a hundred of its length at most, not nothing."""
    exact, low = (Stack.of(network, network.layout.fresh(rngs(3, 0)), bf16=bf16) for bf16 in (False, True))
    (batch,) = batches(network, 3, 1, columns)
    for stack in (exact, low):
        stack.descend(batch, 0.0, 0.0)
    error = (low.first - exact.first).norm() / exact.first.norm()
    assert 1e-5 < error < 0.04
    assert low.first.dtype == low.flat.dtype == torch.float32


def test_bf16_learns_and_its_bits_do_not_depend_on_the_batch() -> None:
    x, learn, check = problem(5, 190)
    flat = STUDY.layout.fresh(rngs(5, 0))
    exact = train(STUDY, flat, x, learn, check, Schedule(1e-3, 0.0, 32, 4, 20), rngs(5, 2))
    schedule = Schedule(1e-3, 0.0, 32, 4, 20, bf16=True)
    together = train(STUDY, flat, x, learn, check, schedule, rngs(5, 2))
    assert not torch.equal(together.flat, exact.flat)
    np.testing.assert_allclose(together.loss.mean(), exact.loss.mean(), rtol=0.1)
    alone = torch.tensor([3])
    apart = train(STUDY, flat[alone], x, learn.of(alone), check.of(alone), schedule, rngs(5, 2)[3:4])
    assert torch.equal(apart.flat[0], together.flat[3])


@pytest.mark.parametrize("bf16", [False, True])
def test_models_that_are_idle_in_a_step_stay_as_they_are(bf16: bool) -> None:
    """What a GPU does where some models have no examples left: the others take the step that they take alone."""
    flat, (one, two) = STUDY.layout.fresh(rngs(5, 0)), batches(STUDY, 5, 2, 192)
    there, whole = (Stack.of(STUDY, flat.clone(), bf16=bf16) for _ in range(2))
    for stack in (there, whole):
        stack.descend(one, 1e-2, 0.1)
    names = ("flat", "second", "steps")
    before = {name: getattr(there, name).clone() for name in names}
    there.descend_but(torch.tensor([1, 3]), two, 1e-2, 0.1)
    whole.descend(two, 1e-2, 0.1)
    for name in names:
        now, then, full = getattr(there, name), before[name], getattr(whole, name)
        assert torch.equal(now[[1, 3]], then[[1, 3]])
        assert torch.equal(now[[0, 2, 4]], full[[0, 2, 4]])
    if bf16:
        assert torch.equal(there.copies.weights[0][0], there._weights[0][0].to(torch.bfloat16))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said() -> None:
    assert device("cpu") == torch.device("cpu")
    with pytest.raises(SimworthError, match="finds no GPU"):
        device("cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("width", [6, 3])
def test_a_gpu_learns_what_the_processor_learns(width: int) -> None:
    x, learn, check = problem(6, 190)
    flat, schedule = STUDY.layout.fresh(rngs(6, 0)), Schedule(1e-3, 0.0, 32, 3, 15)
    cuda = torch.device("cuda")
    with reproducible():
        here = train(STUDY, flat, x, learn, check, schedule, rngs(6, 2))
    there, again = (
        train(STUDY, flat.to(cuda), x.to(cuda), learn.to(cuda), check.to(cuda), schedule, rngs(6, 2), width)
        for _ in range(2)
    )
    assert torch.equal(there.flat, again.flat), "two runs on one GPU differ"
    np.testing.assert_allclose(there.loss, here.loss, rtol=0.25)
