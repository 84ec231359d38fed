"""Polymers without end, a descriptor that costs nothing, and a project whose model stage takes seconds."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simworth.cli import main
from simworth.columns import CLEAN_COLUMNS
from simworth.data.kinds import canonical
from simworth.features.registry import Undescribed, featurizer
from simworth.sweep.records import SweepSummary

ALPHABET = "CNOFSc1(=)#l"

PARAMS = """
seed: 5
databases: {sim: {releases: [one]}, lab: {releases: [two]}}
properties:
  density: {unit: g/cm^3, range: [0.0, 9.0]}
tasks:
  density:
    property: density
    source: {database: sim}
    target: {database: lab}
    descriptors: [letters]
    trials: 12
    grid: {points: 5, n_min: 40}
    training: {hidden: [16, 8], max_epochs: 6, input_steps: {letters: [norm]}}
"""


@featurizer("letters", version=1, columns=lambda: list(ALPHABET), listed=True)
def letters(structure: str) -> np.ndarray:
    """How often each letter occurs, and a little of where."""
    if "S" in structure:
        raise Undescribed("sulphur is not in the alphabet")
    places = [[at for at, found in enumerate(structure) if found == letter] for letter in ALPHABET]
    return np.array([len(one) + 0.01 * sum(one) for one in places], dtype=float)


def polymers(count: int) -> list[str]:
    """Distinct canonical repeat units."""
    links = ["C", "CC", "CO", "CCO", "CC(C)", "C(=O)O", "CC(F)", "C(C#N)C", "NC(=O)", "c1ccc(cc1)"]
    written = [f"*{''.join(parts)}*" for size in (1, 2, 3) for parts in itertools.product(links, repeat=size)]
    found = list(dict.fromkeys(one.structure for one in canonical("polymer", written, 1) if one.structure))
    return found[:count]


@dataclass(frozen=True)
class Lab:
    """Files that the model stage reads."""

    root: Path
    simulated: list[str]
    measured: list[str]

    @property
    def options(self) -> list[str]:
        """Of `simworth model density`."""
        named = {"params": "params.yaml", "prepared": "prepared", "summary": "sweep.json", "models": "models/density"}
        return ["density", *itertools.chain(*([f"--{key}", str(self.root / name)] for key, name in named.items()))]

    @property
    def folder(self) -> Path:
        """The ensemble's."""
        return self.root / "models/density"


def lab(root: Path) -> Lab:
    """140 simulated polymers, 30 measured ones, 10 of them also simulated."""
    every = polymers(160)
    made = Lab(root, every[:140], every[130:160])
    (root / "params.yaml").write_text(PARAMS)
    for name, role, structures in (("sim", "simulation", made.simulated), ("lab", "experiment", made.measured)):
        clean(structures, role).to_parquet(root / f"{name}.parquet", index=False)
    values = letters(every)
    table = pd.DataFrame(values, columns=[f"letters:{column:03d}" for column in range(values.shape[1])])
    table.insert(0, "structure", every)
    table.to_parquet(root / "features.parquet", index=False)
    summary().write(root / "sweep.json")
    prepare(root)
    return made


def prepare(root: Path) -> None:
    """`simworth prepare density` on the files of `root`."""
    files = {"params": "params.yaml", "source": "sim.parquet", "target": "lab.parquet", "features": "features.parquet"}
    named = {**files, "prepared": "prepared"}.items()
    assert main(["prepare", "density", *itertools.chain(*([f"--{key}", str(root / name)] for key, name in named))]) == 0


def clean(structures: list[str], role: str) -> pd.DataFrame:
    """A clean table of densities."""
    rows = [
        {
            **dict.fromkeys(CLEAN_COLUMNS, ""),
            **{"role": role, "property": "density", "item": structure, "structure": structure},
            **{"temperature": 300.0, "value": truth(structure), "spread": np.nan, "replicates": 1, "converged": True},
            **{"release": "one", "file": "f.csv", "row": row + 2},
        }
        for row, structure in enumerate(structures)
    ]
    return pd.DataFrame(rows, columns=list(CLEAN_COLUMNS))


def truth(structure: str) -> float:
    """What the networks could learn."""
    counts = letters([structure])[0]
    return float(1 + 0.1 * np.tanh(counts[2] + 2 * counts[3]) + 0.01 * counts[0])


def summary(**changed: Any) -> SweepSummary:
    """results/sweeps/density.json, as far as the model stage reads it."""
    known = {"task": "density", "status": "ok", "reason": "", "property": "density", "unit": "g/cm^3", "trials": 12}
    releases = {"sim": ("one",), "lab": ("two",)}
    return SweepSummary(**{**known, "seed": 0, "scale": "linear", "releases": releases, **changed})
