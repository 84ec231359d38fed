"""Lines on a large table: formation energies of as many compositions as the Materials Project's, read, checked and
described."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from benchmarks.lines import Line, Target
from benchmarks.made_up import peak
from benchmarks.same import WorkDiffers
from simworth.config import settings_from
from simworth.data.catalogue import Release
from simworth.data.ingest import read_release
from simworth.digests import file_sha256
from simworth.features import describe

TIME = Target("formation energies: read, checked, described", "90 seconds", "s", 1.0)
MEMORY = Target("formation energies: memory", "2 GiB", "GiB", 1.0)
_SECONDS: Final = 90.0
_GIB: Final = 2.0
_DESCRIPTOR: Final = "composition_kernel_mean"
_ELEMENTS: Final = [
    "Li",
    "Na",
    "K",
    "Mg",
    "Ca",
    "Sr",
    "Ba",
    "Ti",
    "V",
    "Cr",
    "Mn",
    "Fe",
    "Co",
    "Ni",
    "Cu",
    "Zn",
    "Al",
    "Ga",
    "Si",
    "Ge",
    "Sn",
    "P",
    "As",
    "Sb",
    "O",
    "S",
    "Se",
    "Te",
    "F",
    "Cl",
    "Br",
]


@dataclass(frozen=True)
class ReadingLoad:
    """How much is timed: what the Materials Project's table holds."""

    rows: int = 132_752
    compositions: int = 95_118


def reading_lines(load: ReadingLoad) -> list[Line]:
    """In a process of its own, one core."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
        seconds, held = alone.submit(_read, load).result()
    size = f"{load.rows:,} rows, {load.compositions:,} made-up compositions by {_DESCRIPTOR}; one core"
    return [TIME.measured(seconds, _SECONDS, size=size), MEMORY.measured(held, _GIB, size=size)]


def _read(load: ReadingLoad) -> tuple[float, float]:
    """Seconds, and GiB held at most."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        release = _release(load, folder / "energies.csv")
        start = time.perf_counter()
        clean = read_release(_SETTINGS, "made-up", release, folder).clean
        found = describe(sorted(set(clean["structure"])), _DESCRIPTOR, folder / "store", workers=1)
        seconds = time.perf_counter() - start
    if (len(clean), found.computed, len(found.failures)) != (load.rows, load.compositions, 0):
        raise WorkDiffers(f"formation energies: {len(clean)} rows kept, {found.computed} compositions described")
    return seconds, peak()


def _release(load: ReadingLoad, path: Path) -> Release:
    """The table, and its catalogue entry: distinct formulas of four elements, some repeated with another value."""
    rng, formulas = np.random.default_rng(1), set[str]()
    while len(formulas) < load.compositions:
        elements, amounts = sorted(rng.choice(_ELEMENTS, 4, replace=False)), rng.integers(1, 10, 4)
        formulas.add("".join(f"{one}{amount}" for one, amount in zip(elements, (*amounts[:3], 7), strict=True)))
    distinct = sorted(formulas)
    repeated = rng.integers(0, len(distinct), load.rows - len(distinct))
    names = [*distinct, *(distinct[which] for which in repeated)]
    pd.DataFrame({"formula": names, "target": rng.permutation(len(names)) / 1e5 - 3}).to_csv(path, index=False)
    table = {"kind": "composition", "role": "simulation", "structure": "formula"}
    values = {"formation_energy": {"column": "target", "unit": "eV"}}
    file = {"name": path.name, "sha256": file_sha256(path), "bytes": path.stat().st_size}
    about = {"date": "2026", "licence": "none", "citation": "made up", "redistribute": False}
    return Release.model_validate({**about, "reader": "table", "table": table | {"values": values}, "files": [file]})


_SETTINGS: Final = settings_from(
    {
        "seed": 1,
        "databases": {"made-up": {"releases": ["made-up"]}},
        "properties": {"formation_energy": {"unit": "eV", "range": [-10, 10]}},
        "tasks": {},
    },
    "of a made-up table",
)
