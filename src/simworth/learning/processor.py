"""Where networks train, and the state of the processor that trained numbers depend on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from simworth.errors import SimworthError


def device() -> torch.device:
    """Where networks train: SIMWORTH_DEVICE, `cpu` (the default) or `cuda`."""
    wanted = os.environ.get("SIMWORTH_DEVICE", "cpu").strip().lower()
    if wanted not in ("cpu", "cuda"):
        raise SimworthError(f"SIMWORTH_DEVICE is {wanted!r}: must be cpu or cuda")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise SimworthError(
            "SIMWORTH_DEVICE is cuda: PyTorch finds no GPU here; check `python -m torch.utils.collect_env`, or unset it"
        )
    return torch.device(wanted)


@contextmanager
def settled() -> Iterator[None]:
    """One thread and no denormal numbers, which a trial's bits and speed depend on; as it was, afterwards."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)
