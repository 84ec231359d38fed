"""The alias `current` belongs to the last ledger entry on the main line, whoever published last."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from simworth.tracking.mlflow_store import Store
from simworth.tracking.model_registry import CURRENT, set_current
from simworth.tracking.provenance import LedgerHead, ledger_heads

FIRST, SECOND, BRANCH = "a" * 12, "b" * 12, "c" * 12


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository whose main line has one entry."""
    git(tmp_path, "init", "--initial-branch", "main")
    entry(tmp_path, 1, FIRST)
    return tmp_path


def entry(root: Path, seq: int, digest: str, commit: bool = True) -> None:
    folder = root / "reports/ledger"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{seq:04d}-density-{digest}.json").write_text("{}")
    if commit:
        git(root, "add", "reports")
        git(root, "commit", "-m", f"entry {seq}")


def heads(root: Path) -> dict[str, LedgerHead]:
    return ledger_heads(root, root / "reports/ledger")


def test_branch_sees_the_main_line_s_entry(project: Path) -> None:
    git(project, "switch", "-c", "try")
    entry(project, 2, BRANCH)
    assert heads(project) == {"density": LedgerHead(1, FIRST)}
    git(project, "switch", "main")
    entry(project, 2, SECOND, commit=False)  # just valued, not committed yet
    assert heads(project) == {"density": LedgerHead(2, SECOND)}
    git(project, "merge", "--no-edit", "try")
    assert heads(project) == {"density": LedgerHead(2, BRANCH)}


def test_tag_of_the_main_line_s_name_is_not_the_main_line(project: Path) -> None:
    git(project, "tag", "main")
    entry(project, 2, SECOND)
    assert heads(project) == {"density": LedgerHead(2, SECOND)}
    git(project, "switch", "-c", "try")
    entry(project, 3, BRANCH)
    assert heads(project) == {"density": LedgerHead(2, SECOND)}


def test_folder_without_git_is_its_own_main_line(tmp_path: Path) -> None:
    (tmp_path / "reports/ledger").mkdir(parents=True)
    (tmp_path / f"reports/ledger/0003-density-{FIRST}.json").write_text("{}")
    assert heads(tmp_path) == {"density": LedgerHead(3, FIRST)}


def test_alias_goes_forward_only_and_never_to_an_experiment(tmp_path: Path, empty_store: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(empty_store.read_bytes())
    store = Store(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path)
    store.client.create_registered_model("density")
    for digest in (FIRST, BRANCH, SECOND):
        store.client.create_model_version("density", "file:///x", tags={"simworth.valuations": digest * 2})

    def current() -> str:
        return str(store.client.get_model_version_by_alias("density", CURRENT).version)

    assert set_current(store, "density", None) == "" and set_current(store, "density", LedgerHead(9, "d" * 12)) == ""
    assert set_current(store, "density", LedgerHead(1, FIRST)) == "1"
    assert set_current(store, "density", LedgerHead(1, FIRST)) == "" and current() == "1"
    assert set_current(store, "density", LedgerHead(2, SECOND)) == "3"
    assert set_current(store, "density", LedgerHead(1, FIRST)) == "" and current() == "3"  # a stale clone
