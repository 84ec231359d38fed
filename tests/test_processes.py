"""What the environment says of a machine."""

from __future__ import annotations

import pytest

from simworth.errors import SimworthError
from simworth.processes import machine, worker_count


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WORKERS", "DEVICE", "EXECUTOR", "DASK_SCHEDULER", "DASK_RESOURCES"):
        monkeypatch.delenv(f"SIMWORTH_{name}", raising=False)


def test_a_gpu_is_fed_by_one_process_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine().device == "cpu"
    monkeypatch.setenv("SIMWORTH_DEVICE", "cuda")
    assert (machine().device, machine().workers) == ("cuda", 1)
    assert worker_count() >= 1, "descriptors are still computed on every core"
    monkeypatch.setenv("SIMWORTH_WORKERS", "3")
    assert (machine().workers, worker_count()) == (3, 3)


def test_an_unknown_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMWORTH_DEVICE", "tpu")
    with pytest.raises(SimworthError, match="SIMWORTH_DEVICE: must be one of cpu, cuda, got 'tpu'"):
        machine()
