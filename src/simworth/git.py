"""The one place that starts git."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(*arguments: str, folder: Path | None = None) -> str | None:
    """Output of a git command without its last line break; None where it fails or git is missing."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, errors="replace", check=False
        )
    except FileNotFoundError:
        return None
    return done.stdout.rstrip("\n") if done.returncode == 0 else None


def common_folder(folder: Path) -> Path | None:
    """Folder of the main checkout, which all worktrees share; None outside of git."""
    found = git("rev-parse", "--path-format=absolute", "--git-common-dir", folder=folder)
    return Path(found).parent if found else None


def in_conflict(folder: Path) -> list[str]:
    """Paths that a merge left in conflict, relative to the root of the checkout."""
    listed = git("diff", "--name-only", "--diff-filter=U", folder=folder)
    return listed.splitlines() if listed else []
