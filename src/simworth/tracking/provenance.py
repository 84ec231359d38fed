"""Which code a result was published with: git's revision, and the DVC experiment where there is one."""

from __future__ import annotations

import getpass
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_NOT_EXPERIMENTS = ("refs/exps/apply", "refs/exps/baseline", "refs/exps/celery/", "refs/exps/exec/", "refs/exps/stash")


@dataclass(frozen=True)
class Provenance:
    """Information that goes with a run; '' where unknown."""

    revision: str
    """40 hex digits of HEAD"""
    dirty: bool
    """whether a tracked file differed from it"""
    experiment: str
    """name of the DVC experiment"""
    user: str

    def tags(self) -> dict[str, str]:
        """As tags of a run; unknown ones are left out."""
        known = {
            "mlflow.user": self.user,
            "mlflow.source.git.commit": self.revision,
            "simworth.git_revision": self.revision,
            "simworth.git_dirty": str(self.dirty).lower() if self.revision else "",
            "simworth.dvc_experiment": self.experiment,
        }
        return {key: value for key, value in known.items() if value}


def provenance(root: Path) -> Provenance:
    """Of the project in folder `root`; works outside a repository, too."""
    revision = _git(root, "rev-parse", "HEAD")
    dirty = bool(revision and _git(root, "status", "--porcelain", "--untracked-files=no"))
    experiment = os.environ.get("DVC_EXP_NAME") or _experiment(root)
    return Provenance(revision, dirty, experiment, _user())


def _experiment(root: Path) -> str:
    """Name of the DVC experiment whose dvc.lock is the workspace's: `dvc exp run` and `dvc exp apply` leave it so."""
    lock = root / "dvc.lock"
    listed = _git(root, "for-each-ref", "--format=%(objectname) %(refname)", "refs/exps").splitlines()
    pairs = [line.split(" ", 1) for line in listed]
    refs = [(commit, ref) for commit, ref in pairs if not ref.startswith(_NOT_EXPERIMENTS)]
    if not refs or not lock.is_file():
        return ""
    ours = _git(root, "hash-object", str(lock))
    if ours == _git(root, "rev-parse", "--verify", "--quiet", "HEAD:./dvc.lock"):
        return ""
    prefix = _git(root, "rev-parse", "--show-prefix")
    asked = "".join(f"{commit}:{prefix}dvc.lock\n" for commit, _ in refs)
    found = _git(root, "cat-file", "--batch-check=%(objectname)", given=asked).splitlines()
    names = [ref.rsplit("/", 1)[1] for (_, ref), blob in zip(refs, found, strict=True) if blob == ours]
    return names[-1] if names else ""


def _git(root: Path, *arguments: str, given: str = "") -> str:
    """Standard output of a git command, '' where it fails or git is missing."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], input=given, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return ""
