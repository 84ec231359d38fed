"""Lines on a GPU: many trials at once against a plain loop on it, and against what its memory allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Final

import torch

from benchmarks.case import Case
from benchmarks.engine import DEVICES, step_seconds, train_models
from benchmarks.lines import Line, Target
from benchmarks.rounds import interleaved, seconds
from benchmarks.same import check_training
from benchmarks.training import plain_seconds

_UNIT: Final = "model-steps/s"
_STATE_TRIPS: Final = 8
"""numbers moved per weight and step at the least: weight, gradient and two moments, each read once and written once"""
LOOP = Target("training on a GPU, 500 trials at once", "one plain PyTorch loop on the same GPU", _UNIT, 150.0)
BOUND = Target(
    "steps on a GPU, 500 trials at once",
    "what moving weights, gradients and Adam state once each way at the measured memory bandwidth allows",
    _UNIT,
    0.5,
)


@dataclass(frozen=True)
class GpuLoad:
    """How much is timed."""

    case: Case = field(default_factory=Case)
    models: int = 500
    epochs: int = 20
    plain_epochs: int = 20
    rounds: int = 5
    copied: int = 2**30
    """bytes of the copy that tells the bandwidth"""
    device: str = "cuda"


def gpu_lines(load: GpuLoad) -> list[Line]:
    """Both lines, without numbers where this machine or the training core has no such device."""
    case = load.case
    widths = "-".join(map(str, case.widths))
    size = f"network {widths}, batch {case.batch}, {case.rows} rows, {load.models} models; {load.rounds} rounds"
    why = why_not(load.device)
    if why:
        return [LOOP.missing(why, size=size), BOUND.missing(why, size=size)]
    check_training(case, load.models, load.device)
    runs = {
        "ours": partial(_ours, load),
        "steps": partial(_steps, load),
        "plain": partial(_plain, load),
        "bandwidth": partial(_bound, load),
    }
    for run in runs.values():
        run()
    found = interleaved(runs, load.rounds)
    ours, steps, plain, bound = (found.median(name) for name in runs)
    note = f"bandwidth {bound * _STATE_TRIPS * 4 * case.parameters / 1e9:,.0f} GB/s"
    return [
        LOOP.measured(ours, plain, rate=True, spread=found.ratios("ours", "plain"), size=size),
        BOUND.measured(steps, bound, rate=True, spread=found.ratios("steps", "bandwidth"), size=size, note=note),
    ]


def why_not(device: str) -> str:
    """Why nothing can be measured on a device, '' where it can."""
    if device == "cuda" and not torch.cuda.is_available():
        return "no CUDA device on this machine"
    return "" if device in DEVICES else f"the training core does not run on {device}"


def _ours(load: GpuLoad) -> float:
    work = partial(train_models, load.case, range(load.models), load.epochs, device=load.device)
    return load.models * load.epochs * load.case.steps / seconds(work)


def _steps(load: GpuLoad) -> float:
    spent = step_seconds(load.case, range(load.models), load.epochs, load.device)
    return load.models * load.epochs * load.case.steps / spent


def _plain(load: GpuLoad) -> float:
    threads = torch.get_num_threads()
    return load.plain_epochs * load.case.steps / plain_seconds(load.case, load.plain_epochs, threads, load.device)


def _bound(load: GpuLoad) -> float:
    """Model-steps per second if nothing but the state had to be moved."""
    return bandwidth(load) / (_STATE_TRIPS * 4 * load.case.parameters)


def bandwidth(load: GpuLoad) -> float:
    """Bytes/s that a copy on the device reads and writes."""
    source = torch.rand(load.copied // 4, device=load.device)
    target = torch.empty_like(source)
    repeats = 20

    def copies() -> None:
        for _ in range(repeats):
            target.copy_(source)
        target[:1].cpu()  # waits for the device

    copies()
    return 2 * repeats * load.copied / seconds(copies)
