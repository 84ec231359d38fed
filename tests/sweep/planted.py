"""A small task with a known answer, for tests of the sweep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from simworth.columns import CLEAN_COLUMNS
from simworth.config import Settings, Task, settings_from
from simworth.config.resolve import resolve
from simworth.digests import digest
from simworth.prepare.arrays import SideData, TaskData
from simworth.prepare.records import Prepared
from simworth.prepare.stage import prepared

COLUMNS = 12


def settings(trials: int = 10, seed: int = 11, split: str = "material", **training: object) -> Settings:
    """Settings of one task, `density`, with a small network."""
    small = {"hidden": [48, 24], "max_epochs": 25, "input_steps": {"made-up": ["norm"]}, **training}
    side = {"database": "db"}
    return settings_from(
        {
            "seed": seed,
            "databases": {"db": {"releases": ["one"]}},
            "properties": {"density": {"unit": "g/cm^3", "range": [0, 9]}},
            "tasks": {
                "density": {
                    "property": "density",
                    "source": side,
                    "target": side,
                    "descriptors": ["made-up"],
                    "trials": trials,
                    "split": split,
                    "grid": {"points": 5, "n_min": 40},
                    "training": small,
                }
            },
        },
        "a test",
    )


def clean(role: str, prefix: str, values: np.ndarray) -> pd.DataFrame:
    """What ingest leaves of a database with one density of each material."""
    items = [f"*{prefix}{k:04d}*" for k in range(len(values))]
    fixed = {"role": role, "property": "density", "partner": "", "temperature": np.nan, "spread": np.nan}
    more = {"replicates": 1, "converged": True, "material_class": "", "protocol": "", "release": "one", "file": "f.csv"}
    table = pd.DataFrame({"item": items, "structure": items, "value": values, "row": np.arange(len(items)) + 2})
    return table.assign(**fixed, **more)[list(CLEAN_COLUMNS)]


def prepared_data(
    simulated: int = 300, measured: int = 50, bias: float = 0.3, seed: int = 3, split: str = "material"
) -> Prepared:
    """What `simworth prepare` makes of materials whose simulated value is sqrt(1 - bias^2) f + bias g, and whose
    measured value is f with noise, in classes of 1, 2, 3, ...; without simulations the task waits."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(simulated + measured, COLUMNS))
    f = np.tanh(x[:, 0] + x[:, 1]) + 0.3 * x[:, 2] ** 2
    g = np.tanh(x[:, 3] - x[:, 4]) + 0.3 * x[:, 5] ** 2
    source = clean("simulation", "S", (np.sqrt(1 - bias**2) * f + bias * g)[:simulated])
    target = clean("experiment", "T", f[simulated:] + rng.normal(0, 0.05, measured))
    target["material_class"] = [f"class {int((2 * k + 0.25) ** 0.5 - 0.5)}" for k in range(measured)]
    features = pd.DataFrame(x, columns=[f"made-up:{column:03d}" for column in range(COLUMNS)])
    features.insert(0, "structure", [*source["structure"], *target["structure"]])
    return prepared(resolve(settings(split=split), "density"), source, target, features)


def task_data(simulated: int = 300, measured: int = 50, bias: float = 0.3, seed: int = 3) -> TaskData:
    """The arrays of these materials."""
    return prepared_data(simulated, measured, bias, seed).ready()


def pairs_data(simulated: int = 60, measured: int = 24, seed: int = 5) -> TaskData:
    """The same arrays as pairs of two inputs; a measured pair has one to four samples, as chi has at temperatures."""
    data, rng = task_data(simulated, measured), np.random.default_rng(seed)
    partners = rng.integers(0, len(data.inputs), len(data.inputs))
    count = rng.integers(1, 5, measured)
    material = np.repeat(np.arange(measured), count)
    rows = np.column_stack([data.target.rows[material], partners[: len(material)]])
    values = data.target.values[material] + rng.normal(0, 0.1, len(material))
    target = SideData(data.target.items, material, values, rows, np.full(len(material), np.nan))
    source = replace(data.source, rows=np.column_stack([data.source.rows, partners[:simulated]]))
    return replace(data, source=source, target=target, digest=digest([data.digest, values.tolist()]))


def pairs_task(**training: object) -> Task:
    """A multitask task over such pairs, with a small network of two materials."""
    small = {"hidden": [16, 8], "head": 8, "max_epochs": 4, "batch_size": 8, **training}
    return replace(settings(**small).tasks["density"], learning="multitask")
