"""What the table was measured on: processor, cores, instructions, libraries, and what else kept it busy."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from simworth.learning.processor import cores

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


def machine() -> dict[str, Any]:
    """JSON-able; holds no name of the machine or of its user."""
    return {
        "processor": _field("model name") or platform.processor() or platform.machine(),
        "cores": cores(),
        "instructions": flags(),
        "memory_gib": _memory(),
        "gpu": _gpu(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": version("torch"),
        "numpy": version("numpy"),
        "load_at_start": load(),
    }


def sentence(about: dict[str, Any]) -> str:
    """The machine in one line."""
    memory = f", {about['memory_gib']:g} GiB" if about["memory_gib"] else ""
    gpu = f", {about['gpu']}" if about["gpu"] else ", no CUDA device"
    instructions = ", ".join(about["instructions"]) or "instructions unknown"
    return (
        f"{about['processor']}, {about['cores']} cores ({instructions}){memory}{gpu}; {about['system']}, "
        f"Python {about['python']}, torch {about['torch']}; load average at start {about['load_at_start']}"
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
