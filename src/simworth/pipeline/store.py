"""The contents of the store by task, and what of it is no longer referenced (`simworth store`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from simworth.columns import TRIAL_COLUMNS
from simworth.config import load_settings
from simworth.digests import table_digest
from simworth.features.table import read_note
from simworth.files import read_table
from simworth.ledger.chain import read_ledger
from simworth.ledger.revision import entries_of_all_branches
from simworth.sweep.notes import Note, read_notes
from simworth.sweep.stage import planned_names
from simworth.terminal import table

MONTH: Final = timedelta(days=30)
"""what other checkouts used within it counts as named"""
_KEPT: Final = ("units", "tuning")
"""folders of the store whose files notes name"""
PARTIAL: Final = "partial"
"""task in whose place the states of trainings that were cut short stand"""
UNKNOWN: Final = "no note"
"""of what an older version left, or a run that did not end"""


@dataclass(frozen=True)
class ProjectFolders:
    """Where a project names what it needs; folders as in dvc.yaml."""

    params: Path
    prepared: Path
    features: Path
    trials: Path
    ledger: Path


@dataclass(frozen=True)
class Kept:
    """One file of the store."""

    path: Path
    size: int
    """bytes"""
    task: str
    """featurizer, for descriptors; UNKNOWN where no note says"""
    releases: str
    named: str
    """by what it is named: settings | ledger | used lately; '' by nothing"""


def survey(store: Path, project: ProjectFolders, now: datetime | None = None) -> list[Kept]:
    """Every file of the store that grows, whose it is, and what names it. Raises SimworthError where the ledger, a note
    or a prepared task cannot be read, since what they name is then not known."""
    now = now or datetime.now(UTC)
    notes = sorted(read_notes(store).values(), key=lambda note: note.time)
    whose = {name: note for note in notes for name in note.names}  # the latest note decides
    named = _named(notes, project, now)
    return [*_shards(store, whose, named), *_partial(store, now), *_descriptors(store, project, now)]


def _named(notes: list[Note], project: ProjectFolders, now: datetime) -> dict[str, str]:
    """Name of a file -> what names it, the strongest reason last."""
    valued = _valued(project)
    named = {name: "used lately" for note in notes if now - note.used < MONTH for name in note.names}
    named |= {name: "ledger" for note in notes if note.trials in valued for name in note.names}
    present = {name for task, folder in _prepared(project) for name in planned_names(project.params, task, folder)}
    return named | dict.fromkeys(present, "settings")


def _prepared(project: ProjectFolders) -> Iterator[tuple[str, Path]]:
    for task in load_settings(project.params).tasks:
        if (folder := project.prepared / task).is_dir():
            yield task, folder


def _valued(project: ProjectFolders) -> set[str]:
    """Digests of the trial tables of all ledger entries, those of other branches and tags included, and of those that
    lie in the workspace."""
    entries = [*read_ledger(project.ledger), *entries_of_all_branches(project.ledger)]
    tables = [read_table(path, list(TRIAL_COLUMNS)) for path in sorted(project.trials.glob("*.parquet"))]
    return {entry.record.tables.trials for entry in entries} | {table_digest(table) for table in tables}


def _shards(store: Path, whose: Mapping[str, Note], named: Mapping[str, str]) -> Iterator[Kept]:
    for folder in _KEPT:
        for path in _files(store / folder):
            name = path.name.partition(".")[0]
            note = whose.get(name)
            task, releases = (note.task, _text(note)) if note else (UNKNOWN, "")
            yield Kept(path, path.stat().st_size, task, releases, named.get(name, ""))


def _text(note: Note) -> str:
    return ", ".join(f"{database} {'+'.join(names)}" for database, names in note.releases.items())


def _partial(store: Path, now: datetime) -> Iterator[Kept]:
    """States of trainings, which the sweep that goes on with them removes; half-written files of killed ones, too."""
    for path in _files(store / PARTIAL, hidden=True):
        yield Kept(path, path.stat().st_size, PARTIAL, "", _lately(path, now))


def _lately(path: Path, now: datetime) -> str:
    return "used lately" if now - datetime.fromtimestamp(path.stat().st_mtime, UTC) < MONTH else ""


def _descriptors(store: Path, project: ProjectFolders, now: datetime) -> Iterator[Kept]:
    """One file a featurizer, its version and its libraries."""
    notes = [read_note(path) for path in sorted(project.features.glob("*.parquet"))]
    current = {used.digest for note in notes for used in note.featurizers.values()}
    for path in _files(store / "descriptors"):
        name, _, version = path.stem.rpartition("-")
        reason = "settings" if version in current else _lately(path, now)
        yield Kept(path, path.stat().st_size, f"descriptors {name}", "", reason)


def _files(folder: Path, *, hidden: bool = False) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and (hidden or path.name[0] != ".")]


def removable(kept: list[Kept], unnamed: bool) -> list[Kept]:
    """What nothing names; what has no note only where `unnamed` asks for it."""
    return [one for one in kept if not one.named and (unnamed or one.task != UNKNOWN)]


def remove(store: Path, files: list[Kept]) -> None:
    """Remove files, and then the notes of which no file is left."""
    for one in files:
        one.path.unlink(missing_ok=True)
    left = {path.name.partition(".")[0] for folder in _KEPT for path in _files(store / folder)}
    for path, note in read_notes(store).items():
        if left.isdisjoint(note.names):
            path.unlink()


def table_of_store(store: Path, kept: list[Kept], going: list[Kept]) -> str:
    """Files and megabytes by task and releases, and how much of each would go."""
    rows: dict[tuple[str, str], list[Kept]] = defaultdict(list)
    for one in kept:
        rows[one.task, one.releases].append(one)
    gone = {one.path for one in going}
    cells = []
    for (task, releases), files in [*sorted(rows.items()), (("all", ""), kept)]:
        named = ", ".join(sorted({one.named or "nothing" for one in files}))
        free = megabytes([one for one in files if one.path in gone])
        text = "; ".join(filter(None, [named, releases]))
        cells.append((task, f"{len(files):,}", f"{megabytes(files):,.1f}", f"{free:,.1f}", text))
    header = ("task", "files", "MB", "to clear", "named by; releases")
    return f"{store}\n{table(header, cells, right=range(1, 4))}"


def megabytes(files: list[Kept]) -> float:
    """Their size, in 1e6 bytes."""
    return sum(one.size for one in files) / 1e6
