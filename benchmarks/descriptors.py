"""Lines on descriptors: FFKM against RadonPy's own, and a release that adds a few structures to many."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.lines import Line, Target
from benchmarks.rounds import interleaved, seconds
from benchmarks.same import WorkDiffers

TOLERANCE: Final = 1e-9
_SPARE: Final = 5.0
"""seconds that a release may cost beside its new structures"""
FFKM = Target("FFKM descriptors, one core", "RadonPy's own on ten repeating units", "s of processor time", 7.0)
RELEASE = Target("descriptors after a release with a few new structures", "all of them again", "s", 1.0)
"""the target is set by what the new structures alone cost"""


@dataclass(frozen=True)
class DescriptorLoad:
    """How much is timed."""

    raw: Path = Path("data/raw")
    """folder of the snapshots"""
    polymers: int = 100
    part: int = 10
    """polymers that ours, then RadonPy describes in turn"""
    known: int = 2000
    new: int = 50
    rounds: int = 3
    descriptor: str = "ffkm"
    workers: int | None = None


def ffkm_line(load: DescriptorLoad) -> Line:
    """FFKM of random polymers by ours and by RadonPy, in turn, in this process."""
    from simworth.features import ffkm
    from simworth.features.registry import Vector

    structures, where = polymers(load.polymers, load.raw)
    ours, theirs, worst = 0.0, 0.0, 0.0
    ffkm(structures[:1])
    radonpys_own(structures[:1])  # both have loaded their tables now
    for start in range(0, len(structures), load.part):
        some, found = structures[start : start + load.part], list[Vector]()
        ours += seconds(lambda some=some, found=found: found.append(ffkm(some)), time.process_time)  # type: ignore[misc]
        theirs += seconds(lambda some=some, found=found: found.append(radonpys_own(some)), time.process_time)  # type: ignore[misc]
        worst = max(worst, _apart(some, *found))
    size = f"{len(structures)} random polymers {where}"
    return FFKM.measured(ours, theirs, size=size, note=f"largest difference {worst:.1g}; each side once, in turn")


def _apart(structures: Sequence[str], ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference; raises WorkDiffers beyond TOLERANCE, or where only one side describes a polymer."""
    apart = np.abs(np.where(np.isnan(ours) & np.isnan(theirs), 0.0, ours - theirs)).max(axis=1)
    wrong = np.flatnonzero(~(apart <= TOLERANCE))
    if wrong.size:
        raise WorkDiffers(f"ffkm of {structures[wrong[0]]}: differs from RadonPy's by {apart[wrong[0]]:.2g}")
    return float(apart.max())


def radonpys_own(structures: Sequence[str]) -> np.ndarray:
    """(structures, 190) as RadonPy's authors call it, NaN where it cannot assign parameters; nothing of ours."""
    from simworth.features.chemistry import quiet, radonpy
    from simworth.features.force_field import CENTRES, LONG, WIDTH

    radon = radonpy()
    descriptor: Any = radon.descriptor(radon.force_field, polar=True, nk=CENTRES, s=WIDTH)
    rows = []
    with quiet():
        for structure in structures:
            mol = radon.poly.make_cyclicpolymer(structure, n=LONG, return_mol=True)
            known = radon.force_field.ff_assign(mol, charge="gasteiger")
            rows.append(descriptor.ff_kernel_mean([mol]) if known else np.full(190, np.nan))
    return np.array(rows)


def polymers(count: int, raw: Path) -> tuple[list[str], str]:
    """Random repeat units and where they are from: PI1070 in the snapshots or the mirror, else composed ones."""
    import pandas as pd

    rng = np.random.default_rng(0)
    named = os.environ.get("SIMWORTH_MIRROR", "")
    folders = [raw / "radonpy", *([Path(named) / "radonpy"] if named else [])]
    for file in (folder / "PI1070.csv" for folder in folders):
        if file.is_file():
            smiles = pd.read_csv(file, usecols=["smiles"])["smiles"]
            return [str(one) for one in rng.choice(smiles.to_numpy(dtype=object), count, replace=False)], "of PI1070"
    from simworth.demo.materials import compose_polymers

    return compose_polymers(count, rng), "composed for this (no PI1070 at hand)"


def release_line(load: DescriptorLoad) -> Line:
    """The store holds `known` structures; a release brings `new` ones: all are asked for."""
    from simworth.demo.materials import compose_polymers
    from simworth.features import describe

    every = compose_polymers(load.known + load.new, np.random.default_rng(1))
    old, new = every[: load.known], every[load.known :]
    ask = partial(describe, featurizer=load.descriptor, workers=load.workers)
    with tempfile.TemporaryDirectory() as folder:
        full, root = Path(folder) / "full", Path(folder)
        start = time.perf_counter()
        first = ask(old, store=full)
        again = time.perf_counter() - start
        fresh = ask(new, store=root / "check")
        shutil.copytree(full, root / "second")
        second = ask(every, store=root / "second")
        if second.computed != len(new):
            raise WorkDiffers(f"a release of {len(new)} new structures computed {second.computed}")
        if not np.array_equal(second.values, np.vstack([first.values, fresh.values]), equal_nan=True):
            raise WorkDiffers("descriptors after a release are not those of its structures alone")

        def once(structures: list[str], before: Path | None) -> float:
            store = Path(tempfile.mkdtemp(dir=root)) / "store"
            if before:
                shutil.copytree(before, store)
            return seconds(lambda: ask(structures, store=store))

        found = interleaved({"release": partial(once, every, full), "alone": partial(once, new, None)}, load.rounds)
    ours, alone = found.median("release"), found.median("alone")
    target = Target(RELEASE.name, RELEASE.opponent, RELEASE.unit, again / (alone + _SPARE))
    note = f"the {load.new} new ones alone take {alone:.2f} s; the target allows {_SPARE:g} s beside that"
    return target.measured(ours, again, size=f"{load.known:,} structures, then {load.new} new ones", note=note)
