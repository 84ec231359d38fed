"""A small task with a known answer, for tests of the sweep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from simworth.columns import SAMPLE_COLUMNS
from simworth.config import Settings, Task, settings_from
from simworth.digests import digest
from simworth.learning.transforms import InputTransform
from simworth.prepare.arrays import SideData, TaskData
from simworth.prepare.records import Prepared, PreparedSide, PreparedTask

COLUMNS = 12


def settings(trials: int = 10, seed: int = 11, **training: object) -> Settings:
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
                    "grid": {"points": 5, "n_min": 40},
                    "training": small,
                }
            },
        },
        "a test",
    )


def side(prefix: str, values: np.ndarray, first: int) -> SideData:
    """Materials in order of their items, one sample each, with inputs from row `first` on."""
    count = len(values)
    items = [f"*{prefix}{k:04d}*" for k in range(count)]
    return SideData(items, np.arange(count), values, np.arange(first, first + count)[:, None], np.full(count, np.nan))


def task_data(simulated: int = 300, measured: int = 50, bias: float = 0.3, seed: int = 3) -> TaskData:
    """Materials whose simulated value is sqrt(1 - bias^2) f + bias g, and whose measured value is f with noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(simulated + measured, COLUMNS))
    f = np.tanh(x[:, 0] + x[:, 1]) + 0.3 * x[:, 2] ** 2
    g = np.tanh(x[:, 3] - x[:, 4]) + 0.3 * x[:, 5] ** 2
    transform = InputTransform.fit(x[:simulated], {"made-up": COLUMNS}, {"made-up": ("norm",)}, 5.0)
    inputs = transform(x).astype(np.float32)
    source = side("S", (np.sqrt(1 - bias**2) * f + bias * g)[:simulated], 0)
    noise = rng.normal(0, 0.05, measured)
    target = side("T", f[simulated:] + noise, simulated)
    content = digest([x.tolist(), source.values.tolist(), target.values.tolist()])
    return TaskData(source, target, inputs, transform, content)


def pairs_data(simulated: int = 60, measured: int = 24, seed: int = 5) -> TaskData:
    """Pairs of two inputs each; a measured pair has one to four samples, as chi has at several temperatures."""
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


def prepared_of(data: TaskData | None, waiting: str = "") -> Prepared:
    """What `simworth prepare` would leave of such arrays; None: of a task that waits for what `waiting` says."""
    sides = {} if data is None else {"source": data.source, "target": data.target}
    tables = [_table(name, one) for name, one in sides.items()]
    samples = pd.concat(tables) if tables else pd.DataFrame({name: [] for name in SAMPLE_COLUMNS})
    records = {
        name: PreparedSide(
            database="db", role=role, property="density", unit="g/cm^3", scale="linear", filter="", undescribed=0,
            left_out={}, materials=0 if data is None else len(sides[name].items), samples=len(samples),
        )
        for name, role in (("source", "simulation"), ("target", "experiment"))
    }  # fmt: skip
    record = PreparedTask(
        task="density", status="ok" if data else "waiting", reason=waiting, **records, overlap=0, temperatures=None,
        columns=data.columns if data else 0, digest=data.digest if data else "",
    )  # fmt: skip
    return Prepared(record, samples, data)


def _table(name: str, one: SideData) -> pd.DataFrame:
    items = np.array(one.items, dtype=object)[one.material]
    fixed = {"side": name, "partner": "", "temperature": np.nan, "spread": np.nan, "replicates": 1}
    table = pd.DataFrame({"material": items, "item": items, "structure": items, "value": one.values})
    return table.assign(**fixed, simulated=one.simulated, material_class="", group=items)[list(SAMPLE_COLUMNS)]
