"""The table from which training gathers inputs: padded, and where it is large in one file that the processes of a
machine map, so that the machine's memory holds it once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.lib.format import header_data_from_array_1_0, write_array_header_1_0

from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.learning.layout import padded
from simworth.prepare.arrays import TaskData

LARGE: Final = 64 * 2**20
"""bytes of inputs from which on they are mapped; a smaller table is sent to each process"""


def padded_table(data: TaskData) -> tuple[TaskData, np.ndarray]:
    """(input rows, padded columns) float32, and the same data whose inputs are a view of it."""
    table = np.zeros((len(data.inputs), padded(data.columns)), dtype=np.float32)
    table[:, : data.columns] = data.inputs
    return replace(data, inputs=table[:, : data.columns]), table


def worth_mapping(size: int, workers: int, executor: str) -> bool:
    """Whether inputs of so many bytes are large, and more than one process will have them."""
    return size >= LARGE and (workers > 1 or executor != "local")


@dataclass(frozen=True)
class MappedData:
    """A task's data without its inputs, which lie padded in a file; what a process is sent that sees the file."""

    data: TaskData
    """without rows of inputs"""
    path: Path
    """of the padded table, as NumPy writes it"""

    @classmethod
    def keep(cls, data: TaskData, path: Path) -> MappedData:
        """Write the table to `path`, whose name or folder tells its content, unless it lies there."""
        if not path.exists():
            table, header = padded_table(data)[1], BytesIO()
            write_array_header_1_0(header, header_data_from_array_1_0(table))
            write_whole(path, header.getvalue(), table.data)
        return cls(replace(data, inputs=data.inputs[:0]), path)

    @property
    def digest(self) -> str:
        """Of all content, inputs included."""
        return self.data.digest

    def open(self) -> tuple[TaskData, np.ndarray]:
        """As `padded_table`, but mapped: what is written to it stays with this process. SimworthError where this
        machine does not see the file."""
        try:
            table = np.load(self.path, mmap_mode="c")
        except OSError as error:
            raise SimworthError(
                f"{self.path}: this machine does not see the sweep's inputs ({error.strerror or error}); let "
                "SIMWORTH_STORE be a folder that all machines share, or start all workers before the sweep"
            ) from None
        return replace(self.data, inputs=table[:, : self.data.columns]), table
