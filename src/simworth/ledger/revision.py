"""Reading a project as it was at a commit, without a checkout: git for small files, DVC's API for data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from simworth.columns import Quantity
from simworth.errors import SimworthError
from simworth.git import git
from simworth.ledger.chain import Entry, entries_from, file_name


class NotKept(Exception):
    """What DVC tracks at a revision is neither in the cache nor in a remote."""


@dataclass(frozen=True)
class Revision:
    """A project at a commit, or in the workspace."""

    root: Path
    """of the project, where dvc.yaml lies"""
    rev: str | None
    """of the commit; None is the workspace"""

    @cached_property
    def lock(self) -> Mapping[str, Any]:
        """Stages of dvc.lock; empty where there is none."""
        text = self.text("dvc.lock")
        if text is None:
            return {}
        try:
            stages: Mapping[str, Any] = YAML(typ="safe").load(text).get("stages", {})
        except (YAMLError, AttributeError):
            why = "holds the marks of an unfinished merge" if "<<<<<<<" in text else "is no YAML mapping"
            raise SimworthError(
                f"dvc.lock of {self.name} {why}; keep one side (`git checkout --ours -- dvc.lock`) or run `dvc repro`, "
                "then audit again"
            ) from None
        return stages

    def data_md5(self, database: str) -> str | None:
        """MD5 of a database's raw folder as its ingest stage saw it."""
        stage = self.lock.get(f"ingest@{database}", {})
        wanted = f"data/raw/{database}"
        return next((str(dep["md5"]) for dep in stage.get("deps", []) if dep["path"] == wanted), None)

    def text(self, path: str) -> str | None:
        """A file that git tracks; None where there is none."""
        if self.rev is None:
            file = self.root / path
            return file.read_text(encoding="utf-8") if file.is_file() else None
        return git("show", f"{self.rev}:{self._prefix}{path}", folder=self.root)

    def ledger(self, folder: str) -> list[Entry]:
        """Entries as they were."""
        names = git("ls-tree", "--name-only", str(self.rev), f"{folder}/", folder=self.root) or ""
        paths = [path for path in names.splitlines() if path.endswith(".json")]
        return entries_from({Path(path).name: (self.text(path) or "").encode() for path in paths})

    def table(self, path: str) -> pd.DataFrame:
        """A parquet table that DVC tracks. NotKept where its content is nowhere to be had."""
        return pd.read_parquet(BytesIO(self.content(path)))

    def content(self, path: str) -> bytes:
        """A file that DVC tracks, from the cache or a remote. NotKept where its content is nowhere to be had."""
        from dvc.exceptions import DvcException

        try:
            content: bytes = self._files.read_bytes(path)
        except (OSError, DvcException) as error:
            raise NotKept(f"{path} at {self.name}: neither in DVC's cache nor in a remote ({error})") from None
        return content

    def quantity(self, task: str, side: str) -> Quantity:
        """What a side of a task (source | target) held, by params.yaml of that time."""
        params = YAML(typ="safe").load(self.text("params.yaml") or "{}")
        settings = params["tasks"][task]
        name = settings[side].get("property") or settings["property"]
        held = params["properties"][name]
        return Quantity(name, held["unit"], held.get("scale", "linear"))

    @property
    def name(self) -> str:
        return "the workspace" if self.rev is None else self.rev[:9]

    @cached_property
    def _files(self) -> Any:
        from dvc.api import DVCFileSystem

        return DVCFileSystem(str(self.root), rev=self.rev)

    @cached_property
    def _prefix(self) -> str:
        """Of the project within its repository."""
        return git("rev-parse", "--show-prefix", folder=self.root) or ""


def resolved(root: Path, rev: str) -> Revision:
    """The commit that a revision, tag or branch names."""
    commit = git("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}", folder=root)
    if commit is None:
        raise SimworthError(f"revision {rev!r}: git knows no such commit; `git tag` and `git log` list them")
    return Revision(root, commit)


def entries_of_all_branches(folder: Path) -> list[Entry]:
    """Every ledger entry that any branch, tag or experiment of the repository around `folder` ever held."""
    if not folder.is_dir():
        return []
    listed = git("rev-list", "--objects", "--all", "--", ".", folder=folder) or ""
    named = [line.partition(" ")[::2] for line in listed.splitlines() if line.endswith(".json")]
    found = {f"{Path(path).name} {blob}": git("cat-file", "blob", blob, folder=folder) or "" for blob, path in named}
    return entries_from({name: text.encode() for name, text in found.items()})


def added_by(root: Path, folder: str, entry: Entry) -> tuple[str, bool] | None:
    """The commit that added an entry, and whether it is still as it was then; None where it is not committed.

    One that a merge put apart was added under the plain name, which another entry has now. A merge adds what neither
    branch had.
    """
    now = (root / folder / entry.name).read_text(encoding="utf-8").rstrip("\n")
    found: list[tuple[str, bool]] = []
    added = ("log", "-c", "-s", "--full-history", "--diff-filter=A", "--format=%H", "--")
    for path in (f"{folder}/{name}" for name in dict.fromkeys([file_name(entry.record), entry.name])):
        listed = git(*added, path, folder=root) or ""
        found += [(commit, Revision(root, commit).text(path) == now) for commit in reversed(listed.split())]
    return next((one for one in found if one[1]), found[-1] if found else None)
