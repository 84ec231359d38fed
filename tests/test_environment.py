"""What the environment says of a machine, and the page that lists it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simworth.environment import Environment, machine, worker_count
from simworth.errors import SimworthError


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


def test_the_page_lists_every_setting_with_its_meaning() -> None:
    page = (Path(__file__).parents[1] / "docs/environment.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `SIMWORTH_")]
    assert rows == [
        f"| `SIMWORTH_{name.upper()}` | `{name}` | {' '.join(str(field.description).split())} |"
        for name, field in Environment.model_fields.items()
    ]


def test_a_store_that_is_named_is_used_by_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMWORTH_STORE", raising=False)
    (tmp_path / "simworth.local.yaml").write_text(f"store: {tmp_path / 'kept'}\n")
    code = "from simworth.environment import store_root; print(store_root())"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() in (str(tmp_path / "kept"), str((tmp_path / "kept").resolve()))
