"""Checking the ledger against itself, against git, and against the data that each entry names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from simworth.data.records import Snapshot, SnapshotFile
from simworth.digests import file_md5, folder_md5
from simworth.errors import SimworthError
from simworth.git import git
from simworth.ledger.chain import Entry, problems
from simworth.ledger.revision import Revision, added_by


@dataclass(frozen=True)
class Finding:
    """One check."""

    ok: bool | None
    """None where it could not be made"""
    text: str

    def __str__(self) -> str:
        mark = {True: "ok     ", False: "WRONG  ", None: "unknown"}[self.ok]
        return f"{mark} {self.text}"


def audit(root: Path, folder: str, entries: Sequence[Entry]) -> Iterator[Finding]:
    """Every check: the chain, each entry against git and its data revision, raw files against what DVC tracks."""
    wrong = problems(entries)
    yield from (Finding(False if problem.fatal else None, f"{problem.entry}: {problem.text}") for problem in wrong)
    if not any(problem.fatal for problem in wrong):
        yield Finding(True, f"chain of {len(entries)} entries is whole")
    yield from _gone(root, folder, entries)
    added = {entry.name: added_by(root, folder, entry) for entry in entries}
    commits = {name: one[0] if one else None for name, one in added.items()}
    for entry in entries:
        commit = commits[entry.name]
        together = [other for other in entries if commits[other.name] == commit and other.seq > entry.seq]
        yield from _unchanged(entry, added[entry.name])
        yield from (
            Finding(True, f"{entry.name}: corrects the entry before it, {text}") for text in entry.record.corrects
        )
        yield from _readable(_releases(entry, Revision(root, commit), together), entry.name)
    yield from _readable(raw_files(root, entries), "data/raw")


def _readable(checks: Iterator[Finding], what: str) -> Iterator[Finding]:
    """Checks that need dvc.lock; one that cannot be read (a merge goes on) leaves them open."""
    try:
        yield from checks
    except SimworthError as error:
        yield Finding(None, f"{what}: {error}")


def _gone(root: Path, folder: str, entries: Sequence[Entry]) -> Iterator[Finding]:
    """Entries that git has seen in this branch and that are there no more."""
    seen = git("log", "--diff-filter=A", "--name-only", "--format=", "--", folder, folder=root) or ""
    present = {entry.name for entry in entries}
    for name in sorted({Path(path).name for path in seen.splitlines() if path.endswith(".json")} - present):
        yield Finding(False, f"{name}: was deleted; bring it back with `git checkout -- {folder}/{name}`")


def _unchanged(entry: Entry, added: tuple[str, bool] | None) -> Iterator[Finding]:
    if added is None:
        yield Finding(None, f"{entry.name}: is not committed yet, compared with the workspace")
    elif not added[1]:
        yield Finding(False, f"{entry.name}: was edited after commit {added[0][:9]}, which added it")


def _releases(entry: Entry, then: Revision, together: Sequence[Entry]) -> Iterator[Finding]:
    """An entry's data against the dvc.lock beside it, and against its own list of files.

    `together` are later entries that were committed with it: a dvc.lock that names their data was not kept for this.
    """
    for database, release in entry.record.releases.items():
        locked = then.data_md5(database)
        where = f"{entry.name}: {database}"
        if folder_md5((file.name, file.md5) for file in release.files) != release.md5:
            yield Finding(False, f"{where}: its list of files does not make up its md5 {release.md5}")
        elif locked is None:
            yield Finding(None, f"{where}: dvc.lock of {then.name} names no data of it")
        elif locked == release.md5:
            yield Finding(True, f"{where}: data {release.md5[:9]} as in dvc.lock of {then.name}")
        elif any(
            locked == other.record.releases[database].md5 for other in together if database in other.record.releases
        ):
            yield Finding(None, f"{where}: no commit keeps its dvc.lock, a later release was committed with it")
        else:
            yield Finding(False, f"{where}: names data {release.md5}, dvc.lock of {then.name} names {locked}")


def raw_files(root: Path, entries: Sequence[Entry]) -> Iterator[Finding]:
    """Raw files in the workspace against the newest entry of the release that is here; an edited one is named."""
    named: dict[str, list[tuple[Entry, Snapshot]]] = {}
    for entry in reversed(entries):
        for database, release in entry.record.releases.items():
            named.setdefault(database, []).append((entry, release))
    for database, known in named.items():
        folder = root / "data/raw" / database
        if not folder.is_dir():
            yield Finding(None, f"data/raw/{database}: is not here; `simworth release fetch` brings it")
            continue
        tracked = Revision(root, None).data_md5(database)
        here = next((pair for pair in known if pair[1].md5 == tracked), None)
        if here is None:
            yield Finding(None, f"data/raw/{database}: dvc.lock names a release that no entry names")
            continue
        entry, release = here
        yield from _compared(folder, f"data/raw/{database}", release.files, entry.name)


def _compared(folder: Path, name: str, files: Sequence[SnapshotFile], entry: str) -> Iterator[Finding]:
    wanted = {file.name: file.md5 for file in files}
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    wrong = dict.fromkeys(wanted.keys() - present.keys(), f"is missing, {entry} was made with it")
    wrong |= dict.fromkeys(present.keys() - wanted.keys(), f"was not there when {entry} was made")
    for file in wanted.keys() & present.keys():
        if file_md5(present[file]) != wanted[file]:
            wrong[file] = f"was edited, its md5 is not the one that {entry} names"
    yield from (Finding(False, f"{name}/{file}: {text}") for file, text in sorted(wrong.items()))
    if not wrong:
        yield Finding(True, f"{name}: {len(wanted)} files as {entry} names them")
