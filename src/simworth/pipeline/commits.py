"""Commits that a command makes on its own: of the project's files alone, whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from simworth.errors import SimworthError
from simworth.git import branch, git, refusal, run_git

OURS: Final = ("data", "params.yaml", "code.yaml", "dvc.yaml", "dvc.lock", ".dvc", "reports", "results", "models")
"""what the pipeline and the adding of releases write"""

LET_GO: Final = 10.0
"""seconds after which a lock on git's index is one that nobody holds"""


def changed() -> list[str]:
    """Paths among OURS that differ from the last commit, new ones included; SimworthError where others are staged."""
    refuse_staged()
    listed = git("status", "--porcelain", "--", *(path for path in OURS if Path(path).exists()))
    if listed is None:
        raise SimworthError(f"{Path.cwd()}: is no git repository; `git init` it, or run in the project's root")
    return [line[3:] for line in listed.splitlines()]


def refuse_staged() -> None:
    """SimworthError while anything is staged that git would commit along: all but OURS, and what a merge brings."""
    names = ("diff", "--name-only", "--no-renames")
    others = (git(*names, "--cached", "--", ":/", *(f":(exclude){path}" for path in OURS)) or "").splitlines()
    merged = (git(*names, "HEAD...MERGE_HEAD") or "").splitlines() if others else []  # fails where no merge goes on
    if staged := [path for path in others if path not in merged]:
        raise SimworthError(f"{staged[0]}: is staged and would be committed along; commit it or unstage it")


def commit(message: str) -> None:
    """Commit everything among OURS; SimworthError with git's reason where it refuses."""
    refuse_staged()
    _must("add", "-A", "--", *(path for path in OURS if Path(path).exists()))
    who = () if git("config", "user.email") else ("-c", "user.name=SimWorth", "-c", "user.email=simworth@localhost")
    _must(*who, "commit", "--quiet", "--message", message)


def unlock(say: Callable[[str], None]) -> None:
    """Take away the lock on git's index that a killed run has left; one that goes within LET_GO seconds is in use."""
    lock = Path(git("rev-parse", "--git-path", "index.lock") or "")
    begun = time.monotonic()
    while lock.name and lock.is_file():
        if time.monotonic() - begun > LET_GO:
            lock.unlink(missing_ok=True)
            say(f"{lock}: left by a killed run, taken away")
        time.sleep(0.1)


def push_commits(tags: list[str]) -> str:
    """Push the branch and these tags to the remote that it follows; '' where that succeeds or there is no remote."""
    remotes = (git("remote") or "").split()
    here = branch()
    if not remotes:
        return ""
    if not here:
        return "git: no branch is checked out"
    remote = git("config", f"branch.{here}.remote") or remotes[0]
    references = (f"HEAD:refs/heads/{here}", *(f"refs/tags/{tag}" for tag in tags))
    complaint = refusal(run_git("push", "--quiet", remote, *references))
    return f"git push to {remote!r}: {complaint}" if complaint else ""


def _must(*arguments: str) -> None:
    if complaint := refusal(run_git(*arguments)):
        raise SimworthError(f"git {next(a for a in arguments if a in ('add', 'commit'))}: {complaint}")
