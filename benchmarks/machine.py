"""What the table was measured on: processor, cores, instructions, libraries, and what else kept it busy."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pydantic import Field

from simworth.environment import cores
from simworth.records import Record

FLAGS: Final = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
"""instructions that decide how fast matrix products are"""
BUSY: Final = 1.0
"""load average from which on other work disturbs the timing"""
_CPUINFO: Final = Path("/proc/cpuinfo")
_MEMINFO: Final = Path("/proc/meminfo")


def flags() -> list[str]:
    """Those of FLAGS that the processor has; empty where the system does not say."""
    has = _field("flags").split()
    return [flag for flag in FLAGS if flag in has]


def load() -> float | None:
    """Processes that were running or waiting during the last minute, None where the system does not say."""
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


class Machine(Record):
    """Holds no name of the machine or of its user."""

    processor: str = Field(min_length=1)
    cores: int = Field(ge=1)
    """that this process may use"""
    instructions: list[str]
    """those of FLAGS that the processor has"""
    memory_gib: float | None
    gpu: str
    """'' without a CUDA device"""
    system: str
    python: str
    torch: str
    numpy: str
    load_at_start: float | None
    """load average of the minute before, None where the system does not say"""

    def __str__(self) -> str:
        """The machine in one line."""
        memory = f", {self.memory_gib:g} GiB" if self.memory_gib else ""
        gpu = f", {self.gpu}" if self.gpu else ", no CUDA device"
        instructions = ", ".join(self.instructions) or "instructions unknown"
        return (
            f"{self.processor}, {self.cores} cores ({instructions}){memory}{gpu}; {self.system}, "
            f"Python {self.python}, torch {self.torch}; load average at start {self.load_at_start}"
        )


def machine() -> Machine:
    """This one."""
    return Machine(
        processor=_field("model name") or platform.processor() or platform.machine(),
        cores=cores(),
        instructions=flags(),
        memory_gib=_memory(),
        gpu=_gpu(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        torch=version("torch"),
        numpy=version("numpy"),
        load_at_start=load(),
    )


def _field(name: str) -> str:
    """The first processor's entry of that name, '' where there is none."""
    if _CPUINFO.is_file():
        for line in _CPUINFO.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return ""


def _memory() -> float | None:
    if _MEMINFO.is_file():
        first = _MEMINFO.read_text(encoding="utf-8").split()
        return round(int(first[1]) / 2**20, 1)
    return None


def _gpu() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""
