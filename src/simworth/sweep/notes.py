"""Notes beside the shards: which task, releases and valuation a shard of the store belongs to.

A shard's name tells nothing of whose it is, so every sweep, grid and search leaves a note with the names of its files.
`simworth store` reads them to show the store's size and to clear what nothing names any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from simworth.config.resolve import ResolvedTask
from simworth.digests import digest
from simworth.records import Record


class Note(Record):
    """Files of the store that one run of a task made or used."""

    made_by = "simworth sweep"

    task: str
    releases: dict[str, tuple[str, ...]]
    """database -> releases that were selected"""
    names: tuple[str, ...]
    """digests in the names of its files: shards, or the study of a search"""
    trials: str
    """`simworth.digests.table_digest` of the trial table made of them, as in the ledger; '' before its end"""
    time: str
    """of the last use, ISO 8601, UTC"""

    @property
    def used(self) -> datetime:
        """The same as a time."""
        return datetime.fromisoformat(self.time)


def leave_note(store: Path, what: ResolvedTask, names: Sequence[str], trials: str = "") -> None:
    """Say in the store that these files belong to a task; the same files again only renew the time."""
    note = Note(
        task=what.name,
        releases=what.releases,
        names=tuple(sorted(names)),
        trials=trials,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    note.write(notes_folder(store) / f"{digest([note.task, note.releases, note.names, trials])}.json")


def read_notes(store: Path) -> dict[Path, Note]:
    """File -> note; SimworthError names one that is damaged."""
    return {path: Note.read(path) for path in sorted(notes_folder(store).glob("*.json"))}


def notes_folder(store: Path) -> Path:
    """Where a store's notes lie."""
    return store / "notes"
