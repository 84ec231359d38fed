"""Databases of the demo's polymers in classes, of which only some are measured and each has a law of its own."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from simworth.config import Settings
from simworth.config.resolve import resolve
from simworth.demo.hidden import World
from simworth.demo.kinds import structural_features
from simworth.demo.materials import compose_polymers
from simworth.demo.tables import MEASUREMENT_NOISE
from simworth.prepare.arrays import TaskData
from simworth.prepare.stage import prepared

from .planted import clean, settings

CLASSES: Final = ("c1c", "C(=O)O", "F", "")
"""what a polymer of each class holds in its SMILES; the first that fits"""
MATTER: Final = 1
"""the class that is measured"""
PROPERTY: Final = "density"


def class_of(polymers: list[str]) -> np.ndarray:
    """(polymers,) index of CLASSES."""
    return np.array([next(k for k, part in enumerate(CLASSES) if part in one) for one in polymers])


def task(trials: int = 10, **training: object) -> Settings:
    """Settings of the task, with a network that learns in seconds."""
    small = {"hidden": [32, 16], "max_epochs": 60, "batch_size": 16, "learning_rate": 0.005, **training}
    return settings(trials=trials, **small)


def made(seed: int, simulated: int, measured: int, structured: bool, bias: float = 0.1) -> TaskData:
    """`simulated` polymers of all classes and `measured` others: of the class that matters where the database is
    `structured`, each class with a hidden function of its own; else of all classes, with one function."""
    world = World(seed)
    every = compose_polymers(simulated + (10 if structured else 1) * measured, world.rng("simulated"))
    source, rest = every[:simulated], np.array(every[simulated:])
    target = list(rest[class_of(list(rest)) == MATTER] if structured else rest)[:measured]
    assert len(target) == measured
    noise = world.rng("noise").normal(0, MEASUREMENT_NOISE, measured)
    tables = [
        _table("simulation", source, _values(world, source, structured, bias)),
        _table("experiment", target, _values(world, target, structured, 0.0) + noise),
    ]
    known = [*source, *target]
    features = pd.DataFrame(structural_features(known)).rename(columns=lambda column: f"made-up:{column:03d}")
    features.insert(0, "structure", known)
    return prepared(resolve(task(), PROPERTY), *tables, features).ready()


def _values(world: World, polymers: list[str], structured: bool, bias: float) -> np.ndarray:
    """(polymers,) 0 bias: as measured without noise."""
    if not structured:
        return world.simulated(PROPERTY, polymers, bias)
    own = class_of(polymers)
    by_class = [world.simulated(f"{PROPERTY} {k}", polymers, bias) for k in range(len(CLASSES))]
    return np.choose(own, by_class)


def _table(role: str, polymers: list[str], values: np.ndarray) -> pd.DataFrame:
    return clean(role, "", values).assign(item=polymers, structure=polymers)
