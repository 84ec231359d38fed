"""`python -m benchmarks.gpu_variants`: a step of many networks on a GPU, one choice changed at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch

from benchmarks.case import LEARNING_RATE, Case
from benchmarks.engine import given
from benchmarks.gpu import GpuLoad, bandwidth, why_not
from benchmarks.rounds import seconds
from simworth.learning.device import reproducible
from simworth.learning.layout import padded
from simworth.learning.networks import Perceptron
from simworth.learning.stack import Stack
from simworth.learning.training import Schedule, one_pass


@dataclass(frozen=True)
class Variant:
    """What is changed."""

    name: str
    models: int = 500
    batch: int = 32
    tf32: bool = False
    bf16: bool = False
    graphs: bool = True
    fused: bool = True
    tile: int = 64
    warps: int = 4
    only: str = ""
    """what is left of a step: gather, products (no optimiser), predict; '': all"""


VARIANTS = (
    Variant("as it is"),
    Variant("as it is, again"),
    Variant("250 models", models=250),
    Variant("100 models", models=100),
    Variant("1,000 models", models=1000),
    Variant("no captured graphs", graphs=False),
    Variant("TF32 products, optimiser apart", tf32=True, fused=False),
    Variant("bf16, optimiser apart", bf16=True, fused=False),
    Variant("optimiser apart", fused=False),
    Variant("8 warps", warps=8),
    Variant("tiles of 32", tile=32),
    Variant("tiles of 128, 8 warps", tile=128, warps=8),
    Variant("gathering alone", only="gather"),
    Variant("products without optimiser", only="products"),
    Variant("forward alone", only="predict"),
)


@dataclass
class Bench:
    """Data and first weights, once for all variants."""

    case: Case = field(default_factory=Case)
    epochs: int = 8
    rounds: int = 3
    device: str = "cuda"
    variants: Sequence[Variant] = VARIANTS

    @cached_property
    def flat(self) -> torch.Tensor:
        """(models, size) of the largest variant; timing does not ask which weights they are."""
        layout = Perceptron(self.case.widths).layout
        few = layout.fresh([self.case.weights(model) for model in range(10)]).to(self.device)
        return few.repeat(-(-max(variant.models for variant in self.variants) // 10), 1)

    def rate(self, variant: Variant) -> float:
        """Model-steps per second, the median of the rounds."""
        case = replace(self.case, batch=variant.batch)
        inputs, training, _ = given(case, range(variant.models))
        inputs, training = inputs.to(self.device), training.to(torch.device(self.device))
        with _settings(variant), reproducible():
            stack = Stack.of(Perceptron(case.widths), self.flat[: variant.models].clone(), bf16=variant.bf16)
            self._change(stack, variant)
            schedule = Schedule(LEARNING_RATE, 0.0, case.batch, 1, 1)

            def work() -> None:
                for _ in range(self.epochs):
                    if variant.only in ("gather", "predict"):
                        for start in range(0, case.rows, case.batch):
                            batch = training.batch(inputs, start, case.batch)
                            if variant.only == "predict":
                                stack.predict(batch.x)
                    else:
                        one_pass(stack, inputs, training, schedule)
                stack.flat[0, 0].item()  # waits for the device

            work()
            spent = float(np.median([seconds(work) for _ in range(self.rounds)]))
        return variant.models * self.epochs * case.steps / spent

    @staticmethod
    def _change(stack: Stack, variant: Variant) -> None:
        if not variant.graphs:
            stack._replays = None
        if not variant.fused:
            stack._fused = None
        if variant.only == "products" and stack._fused:
            stack._fused.layers = [lambda values, delta: None] * len(stack._fused.layers)


@contextmanager
def _settings(variant: Variant) -> Iterator[None]:
    before = torch.backends.cuda.matmul.allow_tf32
    if torch.cuda.is_available():
        from simworth.learning import fused

        fused.TILE, fused.WARPS = variant.tile, variant.warps
    torch.backends.cuda.matmul.allow_tf32 = variant.tf32
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def expected(case: Case, models: int, moved: float) -> str:
    """Time of a step by what it must move and multiply, at the bandwidth `moved` (bytes/s)."""
    layout = Perceptron(case.widths).layout
    first = padded(case.columns) * padded(case.hidden[0])
    numbers = 8 * layout.size - first  # weights in forward and backward, weights and two moments in and out
    rows = 4 * case.batch * sum(padded(width) for width in case.widths)
    state, activations = 4.0 * models * numbers, 4.0 * models * rows
    flops = models * case.product_flops / case.steps
    return (
        f"expected: {state / 1e9:.2f} GB of weights and moments, some {activations / 1e9:.2f} GB of activations, "
        f"{flops / 1e9:.0f} GFLOP a step of {models} models; {(state + activations) / moved * 1e3:.2f} ms at "
        f"{moved / 1e9:,.0f} GB/s, {flops / 3e14 * 1e3:.2f} ms at 300 TFLOP/s: moving bytes limits"
    )


def main(bench: Bench | None = None, say: Callable[[str], None] = print) -> None:
    """A line a variant; ends at once where there is no such device."""
    bench = bench or Bench()
    if why := why_not(bench.device):
        sys.exit(f"benchmarks.gpu_variants: {why}")
    load = GpuLoad(bench.case, device=bench.device)
    bandwidth(load)
    moved = bandwidth(load)
    say(expected(bench.case, 500, moved))
    bound = moved / (32 * bench.case.parameters)
    for variant in bench.variants:
        try:
            rate = bench.rate(variant)
        except Exception as error:  # a variant that this card refuses leaves the others
            say(f"{variant.name:28} failed: {type(error).__name__}: {str(error)[:200]}")
            continue
        step = variant.models / rate * 1e3
        say(f"{variant.name:28} {rate:10,.0f} model-steps/s  {step:6.3f} ms a step  {rate / bound:5.2f} of the bound")


if __name__ == "__main__":
    main()
