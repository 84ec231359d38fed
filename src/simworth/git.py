"""The one place that starts git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def git(*arguments: str, folder: Path | None = None, given: str = "") -> str | None:
    """Output of a git command without its last line break; None where it fails or git is missing."""
    done = run_git(*arguments, folder=folder, given=given)
    return None if done is None or done.returncode else done.stdout.rstrip("\n")


def run_git(*arguments: str, folder: Path | None = None, given: str = "") -> subprocess.CompletedProcess[str] | None:
    """A git command that has ended, with `given` on its standard input; None where git is missing."""
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            input=given,
            check=False,
        )
    except FileNotFoundError:
        return None


def refusal(done: subprocess.CompletedProcess[str] | None) -> str:
    """Why git refused, '' where it did not."""
    if done is None:
        return "git is not installed"
    if not done.returncode:
        return ""
    lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()] or ["refused"]
    return next((line for line in lines if line.startswith(("error", "fatal", "!"))), lines[-1])


def common_folder(folder: Path) -> Path | None:
    """Folder of the main checkout, which all worktrees share; None outside of git."""
    found = git("rev-parse", "--path-format=absolute", "--git-common-dir", folder=folder)
    return Path(found).parent if found else None


def branch(folder: Path | None = None) -> str:
    """Name of the branch that is checked out, '' where there is none. git's short name is another where a tag has the
    branch's name."""
    return (git("symbolic-ref", "--quiet", "HEAD", folder=folder) or "").removeprefix("refs/heads/")


def head(folder: Path | None = None) -> tuple[str, bool]:
    """The commit that is checked out, '' where there is none, and whether a tracked file differs from it."""
    commit = git("rev-parse", "HEAD", folder=folder) or ""
    return commit, bool(commit and git("status", "--porcelain", "--untracked-files=no", folder=folder))


def in_conflict(folder: Path) -> list[str]:
    """Paths that a merge left in conflict, relative to `folder`, which may lie below the repository's root."""
    listed = git("diff", "--name-only", "--diff-filter=U", folder=folder) or ""
    below = git("rev-parse", "--show-prefix", folder=folder) or "."
    return [os.path.relpath(path, below) for path in listed.splitlines()]
