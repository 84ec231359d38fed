"""What `simworth prepare` leaves: a record, a table of samples and a file of arrays, and how they are read again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
from pydantic import Field, TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from simworth.columns import SAMPLE_COLUMNS
from simworth.errors import SimworthError
from simworth.files import read_table, write_table, write_whole
from simworth.learning.transforms import InputTransform
from simworth.prepare.arrays import SideData, TaskData
from simworth.records import Record

SIDES: Final = ("source", "target")
SAMPLES: Final = "samples.parquet"
RECORD: Final = "prepared.json"
_ARRAYS: Final = "arrays.safetensors"
_TRANSFORM: Final = TypeAdapter(InputTransform)


class PreparedSide(Record):
    """One side of a task."""

    database: str
    role: str
    """simulation | experiment"""
    property: str
    unit: str
    """of the property; '' for a dimensionless one"""
    scale: Literal["linear", "log10"]
    """log10: values are decimal logarithms of values in `unit`"""
    filter: str
    """condition that the values met; '' where none was set"""
    materials: int
    """that are learned from or tested on; simulated pairs at two temperatures count twice"""
    samples: int
    undescribed: int
    """samples left out because a descriptor cannot be computed"""
    undescribed_classes: dict[str, int] = Field(default_factory=dict)
    """class of materials -> samples left out because a descriptor cannot be computed; '' where it has no class"""
    left_out: dict[str, int]
    """reason -> values or samples left out on purpose"""


class PreparedTask(Record):
    """What a task learns from and is tested on."""

    made_by = "dvc repro"

    task: str
    status: Literal["ok", "waiting"]
    reason: str
    """why it waits; '' where it does not"""
    source: PreparedSide
    target: PreparedSide
    overlap: int
    """measured materials that are also among the chosen simulations"""
    columns: int
    """inputs of the network, per structure; 0 while the task waits"""
    temperatures: tuple[float, float] | None
    """lowest and highest temperature of its samples in K, where samples are pairs at a temperature"""
    digest: str
    """of all content that decides a trial's numbers; '' while the task waits"""

    def sentence(self) -> str:
        """One line for the terminal."""
        if self.status == "waiting":
            return f"{self.task}: waiting: {self.reason}"
        counts = f"{self.source.samples:,} samples of the source, {self.target.samples:,} of the target"
        return f"{self.task}: {counts}, {self.overlap:,} materials in both; {self.columns} inputs"


@dataclass(frozen=True)
class Prepared:
    """A prepared task, read."""

    record: PreparedTask
    samples: pd.DataFrame
    """columns `simworth.columns.SAMPLE_COLUMNS`, source first, in the order of the arrays"""
    data: TaskData | None
    """None while the task waits"""

    @classmethod
    def read(cls, folder: Path) -> Prepared:
        """What `write` left in `folder`; SimworthError names the file that is missing or damaged."""
        record, samples = PreparedTask.read(folder / RECORD), read_table(folder / SAMPLES, list(SAMPLE_COLUMNS))
        return cls(record, samples, _read_arrays(folder / _ARRAYS, record, samples) if record.status == "ok" else None)

    def write(self, folder: Path) -> None:
        """Three files in `folder`, each there whole or not at all."""
        self.record.write(folder / RECORD)
        write_table(folder / SAMPLES, self.samples, SAMPLE_COLUMNS)
        write_whole(folder / _ARRAYS, _arrays(self.data))

    def ready(self) -> TaskData:
        """The arrays; SimworthError while the task waits."""
        if self.data is None:
            raise SimworthError(f"task {self.record.task}: is waiting: {self.record.reason}")
        return self.data


def _arrays(data: TaskData | None) -> bytes:
    if data is None:
        return save({})
    tensors = {"inputs": np.ascontiguousarray(data.inputs)}
    for name in SIDES:
        tensors[f"{name}.rows"] = np.ascontiguousarray(getattr(data, name).rows)
    if data.source.part is not None:
        tensors["source.part"] = data.source.part
    return save(tensors, metadata={"transform": _TRANSFORM.dump_json(data.transform).decode()})


def _read_arrays(path: Path, record: PreparedTask, samples: pd.DataFrame) -> TaskData:
    try:
        with safe_open(path, framework="numpy") as file:
            transform = _TRANSFORM.validate_json((file.metadata() or {})["transform"])
            inputs = file.get_tensor("inputs")
            source, target = (
                side_data(samples[samples["side"] == name], file.get_tensor(f"{name}.rows")) for name in SIDES
            )
            if "source.part" in file.keys():  # noqa: SIM118 (not a mapping)
                source = replace(source, part=file.get_tensor("source.part"))
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        why = f"cannot be read ({type(error).__name__}: {error})"
        raise SimworthError(f"{path}: {why}; run `{record.made_by}` to make it anew") from None
    return TaskData(source, target, inputs, transform, record.digest, groups_of(samples))


def groups_of(samples: pd.DataFrame) -> list[str] | None:
    """(measured materials,) what is held out whole, in order; None where each material stands for itself."""
    measured = samples[samples["side"] == "target"].drop_duplicates("material").sort_values("material")
    return None if (measured["group"] == measured["material"]).all() else [str(group) for group in measured["group"]]


def side_data(samples: pd.DataFrame, rows: np.ndarray) -> SideData:
    """The samples (columns material, value, simulated) of one side, in order, and their `rows` of the input table."""
    material, items = pd.factorize(samples["material"], sort=True)
    values, simulated = (samples[name].to_numpy(np.float64) for name in ("value", "simulated"))
    part = samples["part"].to_numpy(np.int64) if "part" in samples else None
    return SideData([str(item) for item in items], material, values, rows, simulated, part)
