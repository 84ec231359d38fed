"""Executor, workers and log: from the environment, else from a file that git ignores, never from tracked settings."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from simworth.environment import LOCAL_FILE, Environment, log_file, machine
from simworth.errors import SimworthError
from tests.faults.lab import ROOT


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Environment.model_fields:
        monkeypatch.delenv(f"SIMWORTH_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_file_is_read_and_the_environment_wins(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / LOCAL_FILE).write_text(
        "workers: 3\ndask_scheduler: tcp://node1:8786\ndask_resources: {GPU: 1}\nlog_file: night.jsonl\n"
    )
    found = machine()
    assert (found.workers, found.executor, found.dask_scheduler) == (3, "dask", "tcp://node1:8786")
    assert found.dask_resources == {"GPU": 1.0} and log_file() == here / "night.jsonl"
    monkeypatch.setenv("SIMWORTH_WORKERS", "5")
    monkeypatch.setenv("SIMWORTH_DASK_RESOURCES", "GPU=2,MEMORY=16")
    assert machine().workers == 5 and machine().dask_resources == {"GPU": 2.0, "MEMORY": 16.0}


def test_without_either_it_is_this_machine(here: Path) -> None:
    assert machine().executor == "local" and machine().workers >= 1 and log_file() is None


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SIMWORTH_EXECUTOR", "slurm", "SIMWORTH_EXECUTOR: must be one of local, dask, got 'slurm'"),
        ("SIMWORTH_WORKERS", "many", "SIMWORTH_WORKERS: must be a number of processes, 1 or more, got 'many'"),
        ("SIMWORTH_DASK_RESOURCES", "GPU", "must read like GPU=1"),
    ],
)
def test_what_is_not_understood_is_named(variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SimworthError, match=said):
        machine()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("worker: 3", "unknown key 'worker'; did you mean 'workers'"),
        ("[3]", "must be a mapping"),
        ("a: [", "is not YAML"),
        ("workers: 0", "simworth.local.yaml: workers: must be a number"),
    ],
)
def test_a_wrong_file_is_named(here: Path, text: str, said: str) -> None:
    (here / LOCAL_FILE).write_text(text)
    with pytest.raises(SimworthError, match=said):
        machine()


def test_git_ignores_the_file() -> None:
    assert subprocess.run(["git", "check-ignore", "-q", LOCAL_FILE], cwd=ROOT, check=False).returncode == 0
