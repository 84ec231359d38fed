"""Where and with what a valuation was made: revision of the code, versions of the packages, time."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = ("simworth", "numpy", "scipy", "pandas", "torch", "rdkit", "radonpy-pypi", "scikit-learn")


def provenance() -> dict[str, Any]:
    """Time, code revision with dirty flag (null outside of git), package versions."""
    return {"time": datetime.now(UTC).isoformat(timespec="seconds"), "code": _code(), "packages": _packages()}


def _code() -> dict[str, Any] | None:
    revision = git("rev-parse", "HEAD")
    if revision is None:
        return None
    return {"revision": revision, "dirty": bool(git("status", "--porcelain", "--untracked-files=no"))}


def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def git(*arguments: str, folder: Path | None = None) -> str | None:
    """Output of a git command without its last line break; None where it fails."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.rstrip("\n") if done.returncode == 0 else None
