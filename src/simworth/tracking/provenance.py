"""Which code a result was published with: git's revision, and the DVC experiment where there is one."""

from __future__ import annotations

import getpass
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simworth.git import branch, git, head

_NOT_EXPERIMENTS = ("refs/exps/apply", "refs/exps/baseline", "refs/exps/celery/", "refs/exps/exec/", "refs/exps/stash")

_ENTRY: Final = re.compile(r"(\d{4,})-(.+)-([0-9a-f]{12})\.json")
"""a ledger entry's number, task and digest; whatever params.yaml takes as a task's name may stand between"""
_HEADS, _ORIGIN = "refs/heads/", "refs/remotes/origin/"
_MAIN_LINES: Final = ("main", "master", "trunk")


@dataclass(frozen=True)
class LedgerHead:
    """The last ledger entry of a task on the main line."""

    seq: int
    """number of the entry"""
    digest: str
    """first 12 hex digits of its valuation's"""


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
    experiment = os.environ.get("DVC_EXP_NAME") or _experiment(root)
    return Provenance(*head(root), experiment, _user())


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


def ledger_heads(root: Path, ledger: Path) -> dict[str, LedgerHead]:
    """Task -> last entry on the main line: the ledger's folder where that is checked out, else that branch's.

    The main line is the branch that origin's HEAD names, else main, master or trunk, else what is checked out.
    """
    main, here = _main_line(root), _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    checked_out = branch(root)
    name = main.removeprefix(_HEADS).removeprefix(_ORIGIN)
    away = main and checked_out != name and (checked_out or here != _git(root, "rev-parse", main))
    if away:
        tree = f"{main}:{_git(root, 'rev-parse', '--show-prefix')}{ledger.resolve().relative_to(root.resolve())}"
        names = _git(root, "ls-tree", "--name-only", tree).splitlines()
    else:
        names = [file.name for file in ledger.glob("*.json")]
    found = sorted((int(m[1]), m[2], m[3]) for m in map(_ENTRY.fullmatch, names) if m)
    return {task: LedgerHead(seq, digest) for seq, task, digest in found}


def _main_line(root: Path) -> str:
    """A branch that git knows, as refs/heads/main, since tags may have its name; '' where there is none to tell."""
    named = _git(root, "symbolic-ref", "--quiet", f"{_ORIGIN}HEAD").removeprefix(_ORIGIN)
    asked = [f"{place}{name}" for name in (named, *_MAIN_LINES) if name for place in (_HEADS, _ORIGIN)]
    return next((one for one in asked if _git(root, "rev-parse", "--verify", "--quiet", f"{one}^{{commit}}")), "")


def _git(root: Path, *arguments: str, given: str = "") -> str:
    """Standard output of a git command, '' where it fails or git is missing."""
    return (git(*arguments, folder=root, given=given) or "").strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return ""
