"""Revision, dirt and DVC experiment of a project."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from simworth.tracking.provenance import provenance


def git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    done = subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a folder of a repository, with one commit."""
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    git(tmp_path, "init", "-q")
    root = tmp_path / "project"
    root.mkdir()
    (root / "dvc.lock").write_text("first")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return root


def test_revision_and_dirt(repository: Path) -> None:
    clean = provenance(repository)
    assert (clean.revision, clean.dirty, clean.experiment) == (git(repository, "rev-parse", "HEAD"), False, "")
    (repository / "dvc.lock").write_text("changed")
    assert provenance(repository).dirty
    assert provenance(repository).tags()["simworth.git_dirty"] == "true"


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    assert provenance(tmp_path).revision == "" and "simworth.git_revision" not in provenance(tmp_path).tags()


def test_experiment_is_known_by_its_lock(repository: Path) -> None:
    """As `dvc exp run` leaves it: its commit under refs/exps, its dvc.lock in the workspace, HEAD where it was."""
    for name in ("fast-ibex", "slow-sloth"):
        (repository / "dvc.lock").write_text(name)
        git(repository, "commit", "-qam", name)
        git(repository, "update-ref", f"refs/exps/ab/cdef/{name}", "HEAD")
        git(repository, "update-ref", "refs/exps/exec/EXEC_HEAD", "HEAD")
        git(repository, "reset", "-q", "--hard", "HEAD~1")
    assert provenance(repository).experiment == ""
    (repository / "dvc.lock").write_text("fast-ibex")
    assert provenance(repository).experiment == "fast-ibex"
    (repository / "dvc.lock").write_text("neither")
    assert provenance(repository).experiment == ""


def test_experiment_that_dvc_names(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "warm-toad")
    assert provenance(repository).tags()["simworth.dvc_experiment"] == "warm-toad"
