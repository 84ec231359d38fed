"""Where networks train, and the state of the processor that trained numbers depend on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from simworth.errors import SimworthError

TF32 = True
"""whether a GPU multiplies float32 numbers rounded to 10 bits of mantissa (sums stay float32)"""


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def device(name: str) -> torch.device:
    """The device of this name, `cpu` or `cuda`; SimworthError where PyTorch finds no GPU."""
    if name == "cuda" and not torch.cuda.is_available():
        raise SimworthError(
            "device cuda: PyTorch finds no GPU here; look at `python -m torch.utils.collect_env`, or set "
            "SIMWORTH_DEVICE=cpu"
        )
    return torch.device(name)


@contextmanager
def settled() -> Iterator[None]:
    """One thread and no denormal numbers, which a trial's bits and speed depend on; as it was, afterwards.

    PyTorch keeps no books for gradients meanwhile: ours are written out, and many small steps would feel it.
    """
    threads, tf32 = torch.get_num_threads(), torch.backends.cuda.matmul.allow_tf32
    torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = TF32
    torch.set_flush_denormal(True)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)
        torch.backends.cuda.matmul.allow_tf32 = tf32
