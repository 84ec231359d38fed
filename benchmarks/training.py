"""Lines on training: model-steps per second of ours and of plain PyTorch, and how much of the processor that uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch

from benchmarks.case import ADAMW, Case
from benchmarks.engine import BLOCKS, PRECISIONS, step_seconds, train_models
from benchmarks.lines import Line, Target
from benchmarks.machine import flags
from benchmarks.plain import plain_loop
from benchmarks.rounds import Rounds, interleaved, seconds
from benchmarks.same import WorkDiffers, check_rounded, check_training
from benchmarks.workers import Workers, workers
from simworth.environment import cores
from simworth.errors import SimworthError

_UNIT = "model-steps/s"
ONE = Target(
    "training, float32, two workers", "one plain PyTorch loop (the faster of 1 or default threads)", _UNIT, 2.5
)
TWO = Target("training, float32, two workers", "two plain PyTorch loops in two processes, one thread each", _UNIT, 1.5)
ROUNDED = Target("training, bf16, two workers", "one plain PyTorch loop in float32", _UNIT, 4.0)
FLOPS = Target("useful floating-point rate of a step", "a large float32 matrix product, one thread", "GFLOP/s", 0.6)


@dataclass(frozen=True)
class Load:
    """How much is timed."""

    case: Case = field(default_factory=Case)
    block: int = 10
    """models of a block of trials"""
    epochs: int = 8
    """of ours, a round"""
    plain_epochs: int = 50
    """of a plain loop, a round"""
    rounds: int = 7
    step_epochs: int = 2
    """of steps alone, a round"""
    step_rounds: int = 15
    """short ones, and many: a product and a step feel other work on the machine differently"""
    product: int = 2048
    """rows and columns of the large matrix product"""

    @property
    def models(self) -> int:
        """That a worker trains at once."""
        return self.block * BLOCKS

    def words(self, processes: str, rounds: int | None = None) -> str:
        """For the table."""
        case = self.case
        rows = f"{case.rows} rows, {self.models} models at once in {processes}"
        return f"network {'-'.join(map(str, case.widths))}, batch {case.batch}, {rows}; {rounds or self.rounds} rounds"


def training_lines(load: Load) -> list[Line]:
    """Model-steps per second in two workers, against plain loops in one and in two processes."""
    with workers(2) as pair:
        pair.call(check_training, load.case, load.models)
        why = _not_rounded(load, pair)
        runs = _runs(load, pair) | ({} if why else {"bf16": partial(_ours, load, pair, "bf16")})
        for run in runs.values():
            run()
        found = interleaved(runs, load.rounds)
    plain = found.best("one thread", "default threads")
    threads = {"one thread": "1 thread", "default threads": f"{cores()} threads"}[plain]
    size = load.words("each of two processes, one thread each")
    words = {"size": size}
    noted = words | {"note": f"the plain loop was faster with {threads}"}
    lines = [_line(ONE, found, "ours", plain, noted), _line(TWO, found, "ours", "two loops", words)]
    return [*lines, ROUNDED.missing(why, size) if why else _line(ROUNDED, found, "bf16", plain, noted)]


def _line(target: Target, found: Rounds, ours: str, against: str, words: dict[str, str]) -> Line:
    ratios = found.ratios(ours, against)
    return target.measured(found.median(ours), found.median(against), rate=True, spread=ratios, **words)


def _not_rounded(load: Load, pair: Workers) -> str:
    """Why there is no bf16 path to time, '' where there is one that learns."""
    if "bf16" not in PRECISIONS:
        return "the training core offers no bf16 path"
    if not {"avx512_bf16", "amx_bf16"} & set(flags()):
        return "this processor has no bf16 instructions"
    try:
        pair.call(check_rounded, load.case, load.models, "bf16")
    except WorkDiffers as error:
        return str(error)
    return ""


def _runs(load: Load, pair: Workers) -> dict[str, Callable[[], float]]:
    return {
        "ours": partial(_ours, load, pair, "float32"),
        "one thread": partial(_plain, load, pair, 1),
        "default threads": partial(_plain, load, pair, cores()),
        "two loops": partial(_two_loops, load, pair),
    }


def _ours(load: Load, pair: Workers, precision: str) -> float:
    spent = pair.together([(train_models, (load.case, range(load.models), load.epochs, precision))] * 2)
    return 2 * load.models * load.epochs * load.case.steps / spent


def _plain(load: Load, pair: Workers, threads: int) -> float:
    spent = pair.call(plain_seconds, load.case, load.plain_epochs, threads)
    return load.plain_epochs * load.case.steps / float(spent)


def _two_loops(load: Load, pair: Workers) -> float:
    spent = pair.together([(plain_seconds, (load.case, load.plain_epochs, 1))] * 2)
    return 2 * load.plain_epochs * load.case.steps / spent


def plain_seconds(case: Case, epochs: int, threads: int, device: str = "cpu") -> float:
    """Seconds of one plain loop with that many threads."""
    torch.set_num_threads(threads)
    return seconds(lambda: plain_loop(case, 0, epochs, device))


def flops_line(load: Load) -> Line:
    """Operations that the steps of training need, per second of gathering rows, gradients and AdamW, on one thread."""
    with workers(1) as one:
        product = partial(one.call, product_rate, load.product)
        ours = partial(_useful, load, one)
        product(), ours()
        found = interleaved({"ours": ours, "product": product}, load.step_rounds)
    share = load.case.product_flops / load.case.step_flops
    alone = share * found.median("ours") / found.median("product")
    note = f"no padding counted; AdamW's operations ({ADAMW} a weight) are {1 - share:.0%}, without them {alone:.3g} x"
    words = load.words("one process, one thread", load.step_rounds)
    size = f"{words}; product of two {load.product} x {load.product} matrices"
    return _line(FLOPS, found, "ours", "product", {"size": size, "note": note})


def _useful(load: Load, one: Workers) -> float:
    spent = one.call(step_seconds, load.case, range(load.models), load.step_epochs)
    return load.models * load.step_epochs * load.case.step_flops / float(spent) / 1e9


def product_rate(size: int, least: float = 0.5) -> float:
    """GFLOP/s of float32 products of `size` x `size` matrices on one thread, over at least `least` seconds."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(size, size, generator=generator) for _ in range(2))
    out, spent, products = torch.mm(a, b), 0.0, 0
    while spent < least:
        spent += seconds(lambda: torch.mm(a, b, out=out))
        products += 1
    if not torch.isfinite(out).all():
        raise SimworthError("matrix product: the result is not finite")
    return 2 * size**3 * products / spent / 1e9
