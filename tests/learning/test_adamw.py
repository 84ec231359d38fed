"""AdamW between bfloat16 and float32, against PyTorch's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from simworth.learning.kernel import rounded, widened
from simworth.learning.mixed import mixed


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
def test_steps_are_adamws(weight_decay: float) -> None:
    """Two blocks of 37 and 5 weights, and 11 that stay in float32; the models began at different times."""
    models, sizes, rest, before = 3, (37, 5), 11, torch.tensor([0.0, 4.0, 900.0])
    size = sum(sizes) + rest
    flat, first, second = random(models, size), random(models, size, seed=1) * 1e-2, random(models, size, seed=2) ** 2
    first[0], second[0] = 0, 0
    theirs = [flat[model].clone().requires_grad_() for model in range(models)]
    optimiser = torch.optim.AdamW(theirs, lr=1e-2, weight_decay=weight_decay)
    for model, parameter in enumerate(theirs):
        moments = {"exp_avg": first[model].clone(), "exp_avg_sq": second[model].clone()}
        optimiser.state[parameter] = {"step": before[model].clone(), **moments}
    steps, gradient = before.clone(), torch.zeros(models, size)
    low = [torch.zeros(models, count, dtype=torch.bfloat16) for count in sizes]
    copies = [torch.zeros_like(part) for part in low]
    blocks = [(0, low[0], copies[0]), (sizes[0], low[1], copies[1])]
    step = mixed((flat, first, second, steps), gradient, blocks, sum(sizes))
    for turn in range(10):
        slopes = random(models, size, seed=10 + turn).to(torch.bfloat16)
        for part, given in zip(low, slopes.split([*sizes, rest], dim=1), strict=False):
            part.copy_(given)
        gradient[:, sum(sizes) :] = slopes[:, sum(sizes) :]
        for model, parameter in enumerate(theirs):
            parameter.grad = slopes[model].float()
        steps += 1
        step(1e-2, weight_decay)
        optimiser.step()
    torch.testing.assert_close(flat, torch.stack(theirs).detach(), rtol=1e-5, atol=1e-6)
    assert torch.equal(torch.cat(copies, dim=1), flat[:, : sum(sizes)].to(torch.bfloat16))
    assert not gradient[:, : sum(sizes)].any()


def test_rounding_is_pytorchs() -> None:
    """Every bfloat16 number, what lies halfway to the next and on both sides of halfway; denormal, inf and NaN too."""
    upper = np.arange(2**16, dtype=np.uint32) << 16
    lower = np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], dtype=np.uint32)
    values = (upper[:, None] | lower).ravel().view(np.float32)
    ours = torch.from_numpy(np.array([rounded(value) for value in values], dtype=np.uint16)).view(torch.bfloat16)
    theirs = torch.from_numpy(values).to(torch.bfloat16)
    assert torch.equal(ours.isnan(), theirs.isnan())
    known = ~theirs.isnan()
    assert torch.equal(ours.view(torch.int16)[known], theirs.view(torch.int16)[known])


def test_widening_is_exact() -> None:
    bits = np.arange(2**16, dtype=np.uint16)
    ours = np.array([widened(value) for value in bits], dtype=np.float32)
    theirs = torch.from_numpy(bits).view(torch.bfloat16).float().numpy()
    np.testing.assert_array_equal(ours, theirs)


def test_a_weight_that_is_lost_is_lost_alone() -> None:
    flat, first, second = torch.ones(2, 40), torch.zeros(2, 40), torch.zeros(2, 40)
    low, copy = torch.ones(2, 40, dtype=torch.bfloat16), torch.zeros(2, 40, dtype=torch.bfloat16)
    low[1, 7], low[1, 8] = float("nan"), float("inf")
    mixed((flat, first, second, torch.ones(2)), torch.zeros(2, 40), [(0, low, copy)], 40)(1e-3, 0.0)
    lost = torch.zeros(2, 40, dtype=torch.bool)
    lost[1, 7:9] = True
    assert torch.equal(flat.isnan(), lost)
    assert torch.equal(copy.isnan(), lost)


def test_a_weights_bits_do_not_depend_on_its_place() -> None:
    """Whole vectors of numbers and what is left over at the end are computed the same way."""
    flat, low = random(1, 103), random(1, 103, seed=1).to(torch.bfloat16)

    def moved(start: int) -> torch.Tensor:
        memory = flat[:, start:].clone(), *torch.zeros(2, 1, 103 - start), torch.ones(1)
        part = low[:, start:].contiguous()
        mixed(memory, torch.zeros(1, 103 - start), [(0, part, torch.zeros_like(part))], 103 - start)(1e-3, 0.0)
        return memory[0]

    whole = moved(0)
    assert all(torch.equal(moved(start), whole[:, start:]) for start in range(1, 103))


def test_float32_needs_no_compiler() -> None:
    code = "import sys, simworth.learning.training; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
