"""Bring what the lock file names from the DVC remotes, so that a clone trains nothing that a colleague has trained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from simworth.data.dvc_project import cached, default_remote, run_dvc, silent
from simworth.data.private import declared
from simworth.logs import event
from simworth.pipeline.repro import Say
from simworth.yaml_files import read_yaml

LOCK: Final = Path("dvc.lock")


def pull(pipeline: Path, say: Say, warn: Say) -> None:
    """Fetch into DVC's cache what dvc.lock of the working folder names and the cache lacks, where a remote is set.

    A remote that does not answer within half a minute, or lacks some of it, is said and passed over.
    """
    remote = default_remote(Path())
    missing = list(_missing(pipeline)) if remote and LOCK.is_file() else []
    if not missing:
        return
    say(f"DVC remote {remote!r}: asking for {len(missing)} outputs of dvc.lock that are not in the cache")
    complaint = silent(Path.cwd(), remote) or run_dvc("fetch", *missing, folder=Path())
    if lacking := list(_missing(pipeline)):
        complaint = complaint or f"lacks {len(lacking)} of them"
        event("not pulled", remote=remote, reason=complaint)
        warn(f"DVC remote {remote!r}: {complaint}; what it did not give is made here")


def _missing(pipeline: Path) -> Iterator[str]:
    """Outputs of the lock file that DVC's cache should hold and does not."""
    in_git = {out.path for out in declared(pipeline) if out.options.get("cache") is False}
    for stage in (read_yaml(LOCK, "lock file").get("stages") or {}).values():
        for out in stage.get("outs", ()):
            if out["path"] not in in_git and not cached(str(out.get("md5", "")), Path()):
                yield str(out["path"])
