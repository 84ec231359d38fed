"""The whole speed table: every part in turn, with progress, and bench.json at the end."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks import (
    accuracy,
    descriptors,
    gpu,
    gpu_accuracy,
    gpu_chi,
    growth,
    laws,
    paired,
    publishing,
    ranking,
    reading,
    training,
)
from benchmarks.lines import Line, Report, Target
from benchmarks.machine import BUSY, machine
from benchmarks.made_up import Size, cost_of, write_tables
from simworth.environment import cores
from simworth.errors import SimworthError, did_you_mean

Say = Callable[[str], None]


@dataclass(frozen=True)
class Loads:
    """How much of everything is timed; tests take less."""

    training: training.Load = field(default_factory=training.Load)
    gpu: gpu.GpuLoad = field(default_factory=gpu.GpuLoad)
    gpu_chi: gpu_chi.ChiLoad = field(default_factory=gpu_chi.ChiLoad)
    gpu_accuracy: gpu_accuracy.GpuAccuracyLoad = field(default_factory=gpu_accuracy.GpuAccuracyLoad)
    descriptors: descriptors.DescriptorLoad = field(default_factory=descriptors.DescriptorLoad)
    laws: laws.LawLoad = field(default_factory=laws.LawLoad)
    publishing: publishing.PublishLoad = field(default_factory=publishing.PublishLoad)
    sweep: Size = field(default_factory=lambda: Size(1_077, trials=10))
    """the sweep that tells what a trial costs"""
    paired: paired.PairedLoad = field(default_factory=paired.PairedLoad)
    accuracy: accuracy.AccuracyLoad = field(default_factory=accuracy.AccuracyLoad)
    ranking: ranking.RankingLoad = field(default_factory=ranking.RankingLoad)
    growth: growth.GrowthLoad = field(default_factory=growth.GrowthLoad)
    reading: reading.ReadingLoad = field(default_factory=reading.ReadingLoad)


@dataclass(frozen=True)
class Part:
    """Lines that are measured together."""

    what: str
    """for people"""
    targets: tuple[Target, ...]
    measure: Callable[[Loads], list[Line]]
    full: bool = False
    """measured by the full table only"""


def _publishing(loads: Loads) -> list[Line]:
    with tempfile.TemporaryDirectory() as folder:
        write_tables(loads.sweep, Path(folder))
        cost = cost_of(loads.sweep, Path(folder), cores())
    how = (
        f"{cost.per_trial:.3g} s a trial, {cost.workers} workers: the mean of {cost.trials} trials of a made-up task "
        f"of PI1070's size, n = {min(n for n in cost.seconds if n)} to {max(cost.seconds):,} and direct learning"
    )
    return publishing.publishing_lines(loads.publishing, cost.per_trial, how)


PARTS: Final[Mapping[str, Part]] = {
    "training": Part(
        "model-steps against plain PyTorch",
        (training.ONE, training.TWO, training.ROUNDED),
        lambda loads: training.training_lines(loads.training),
    ),
    "flops": Part(
        "useful floating-point rate",
        (training.FLOPS,),
        lambda loads: [training.flops_line(loads.training)],
    ),
    "gpu": Part("model-steps on a GPU", (gpu.LOOP, gpu.BOUND), lambda loads: gpu.gpu_lines(loads.gpu)),
    "gpu-chi": Part(
        "steps of the chi network on a GPU", (gpu_chi.CHI,), lambda loads: gpu_chi.chi_lines(loads.gpu_chi)
    ),
    "gpu-accuracy": Part(
        "the project's own tasks on a GPU and on the processor",
        (*accuracy.targets("density", gpu_accuracy.WHAT), *accuracy.targets("chi", gpu_accuracy.WHAT)),
        lambda loads: gpu_accuracy.gpu_accuracy_lines(loads.gpu_accuracy),
        full=True,
    ),
    "ffkm": Part(
        "FFKM against RadonPy's own",
        (descriptors.FFKM,),
        lambda loads: [descriptors.ffkm_line(loads.descriptors)],
    ),
    "release": Part(
        "descriptors after a release",
        (descriptors.RELEASE,),
        lambda loads: [descriptors.release_line(loads.descriptors)],
    ),
    "laws": Part("laws and forecasts", (laws.LAWS,), lambda loads: [laws.laws_line(loads.laws)]),
    "publishing": Part("publishing to MLflow", (publishing.SEND, publishing.SHARE, publishing.ORDER), _publishing),
    "server": Part(
        "publishing to a server on PostgreSQL",
        (publishing.SERVER, publishing.BEHIND),
        lambda loads: publishing.server_lines(loads.publishing),
        full=True,
    ),
    "ranking": Part(
        "what to simulate next", (ranking.RANKED,), lambda loads: [ranking.ranking_line(loads.ranking)], full=True
    ),
    "accuracy": Part(
        "accuracy of bf16 on the project's own tasks",
        (*accuracy.targets("density"), *accuracy.targets("chi")),
        lambda loads: accuracy.accuracy_lines(loads.accuracy),
        full=True,
    ),
    "paired": Part(
        "what paired trials are worth",
        tuple(paired.target(task) for task in paired.PairedLoad().trials),
        lambda loads: paired.paired_lines(loads.paired),
        full=True,
    ),
    "growth": Part(
        "a sweep of PolyOmics' size",
        (growth.TIME, growth.MEMORY, growth.PEAK),
        lambda loads: growth.growth_lines(loads.growth),
        full=True,
    ),
    "reading": Part(
        "a table of the Materials Project's size",
        (reading.TIME, reading.MEMORY),
        lambda loads: reading.reading_lines(loads.reading),
        full=True,
    ),
}


def measure(names: Sequence[str], full: bool, loads: Loads, say: Say) -> Report:
    """`names`: parts to measure, none for all (the long ones only if `full`).

    A part that fails, as where its two sides did not do the same work, has no numbers but says why; the others go on.
    """
    for name in names:
        if name not in PARTS:
            raise SimworthError(f"bench: no part {name!r}{did_you_mean(name, PARTS)}")
    chosen = {name: part for name, part in PARTS.items() if (name in names if names else full or not part.full)}
    about, begun, lines, failed = machine(), time.monotonic(), list[Line](), dict[str, str]()
    if (about.load_at_start or 0) > BUSY:
        say(f"bench: the load average is {about.load_at_start}: other work disturbs the timing, figures are too low")
    for number, (name, part) in enumerate(chosen.items(), 1):
        say(f"bench: {number} of {len(chosen)}: {part.what} ({name})")
        start = time.monotonic()
        try:
            lines += part.measure(loads)
        except SimworthError as error:
            lines += [target.missing(str(error)) for target in part.targets]
            failed[name] = str(error)
        say(f"bench: {number} of {len(chosen)}: {time.monotonic() - start:.0f} s; {_told(lines, part)}")
    minutes = round((time.monotonic() - begun) / 60, 1)
    return Report(machine=about, full=full, minutes=minutes, failed=failed, lines=lines)


def _told(lines: Sequence[Line], part: Part) -> str:
    new = lines[-len(part.targets) :]
    return ", ".join("not measured" if line.ratio is None else f"{line.ratio:.3g} x" for line in new)


def refuse_failed(report: Report) -> None:
    """Raises SimworthError where a part failed; what this machine does not have is no failure."""
    if report.failed:
        why = "; ".join(f"{name}: {reason}" for name, reason in report.failed.items())
        raise SimworthError(f'bench: could not measure {why}; `make bench ARGS="--only PART"` tries a part again')
