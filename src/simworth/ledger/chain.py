"""The chain of entries: how one is sealed and named, how all are read, and what is wrong with them.

An entry is a JSON file. `hash` is the SHA-256 of everything else in it, so an edit shows in the entry itself;
`previous` is the hash of the entry before, so an edit that also mends `hash` shows in the entry after.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from simworth.errors import SimworthError
from simworth.ledger.records import LedgerEntry


@dataclass(frozen=True)
class Entry:
    """One entry as it lies in the ledger."""

    name: str
    """of its file"""
    content: Mapping[str, JsonValue]
    """of the file, to the letter: what its hash is of"""
    record: LedgerEntry
    """the same, typed"""

    @property
    def seq(self) -> int:
        return self.record.seq

    @property
    def task(self) -> str:
        return self.record.task

    @property
    def digest(self) -> str:
        """of the valuation: trial table, predictions, fit settings, law version"""
        return self.record.digest

    @property
    def hash(self) -> str:
        return self.record.hash


@dataclass(frozen=True)
class ChainFault:
    """Something wrong with the ledger."""

    entry: str
    """name of the entry's file"""
    text: str
    fatal: bool = True
    """False for a fork, which a merge of two branches leaves and which later entries join again"""


def sealed(record: LedgerEntry) -> Entry:
    """The entry that a record makes, with its hash and its name."""
    content = json.loads(record.to_json())
    record = record.model_copy(update={"hash": seal(content)})
    return Entry(file_name(record), json.loads(record.to_json()), record)


def seal(content: Mapping[str, JsonValue]) -> str:
    """SHA-256 of everything in an entry but its hash, keys sorted."""
    rest = {key: value for key, value in content.items() if key != "hash"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_name(record: LedgerEntry) -> str:
    """Name of an entry's file: <seq>-<task>-<first twelve digits of the valuation's digest>.json."""
    return f"{record.seq:04d}-{record.task}-{record.digest[:12]}.json"


def name_apart(record: LedgerEntry) -> str:
    """Name of the file of an entry that a merge put beside another of its name: with part of its own hash."""
    return f"{file_name(record).removesuffix('.json')}-{record.hash[:12]}.json"


def read_ledger(folder: Path) -> list[Entry]:
    """All entries in order; none where the folder is not there. SimworthError names a file that is no entry."""
    return entries_from({path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))})


def entries_from(files: Mapping[str, bytes]) -> list[Entry]:
    """Entries from their files' bytes, by name; ordered by number, then name."""
    entries = [_entry(name, content) for name, content in files.items()]
    return sorted(entries, key=lambda entry: (entry.seq, entry.name))


def _entry(name: str, raw: bytes) -> Entry:
    if b"<<<<<<<" in raw:
        raise SimworthError(
            f"ledger entry {name}: holds the marks of an unfinished merge, two branches made the same valuation; "
            "`simworth merge BRANCH` goes on with the merge and keeps both entries"
        )
    try:
        content = json.loads(raw)
        return Entry(name, content, LedgerEntry.model_validate(content))
    except (ValueError, TypeError) as error:
        first = str(error).splitlines()[0]
        raise SimworthError(
            f"ledger entry {name}: cannot be read ({type(error).__name__}: {first}); entries are never edited, bring "
            f"it back with `git checkout -- reports/ledger/{name}`"
        ) from None


def problems(entries: Sequence[Entry]) -> list[ChainFault]:
    """Edited, missing and misnamed entries, and forks."""
    known = {entry.hash: entry for entry in entries}
    found = []
    for entry in entries:
        if seal(entry.content) != entry.hash:
            found.append(ChainFault(entry.name, "was edited: its content does not match its hash"))
        if entry.name not in (file_name(entry.record), name_apart(entry.record)):
            found.append(ChainFault(entry.name, f"is misnamed: its content belongs to {file_name(entry.record)}"))
        found += [_broken(entry, parent, entries) for parent in parents(entry) if parent not in known]
        if not parents(entry) and entry is not entries[0]:
            found.append(
                ChainFault(entry.name, "begins a chain of its own, beside the one that begins the ledger", False)
            )
    return found + _forks(entries)


def _broken(entry: Entry, parent: str, entries: Sequence[Entry]) -> ChainFault:
    before = [other for other in heads(entries) if other.seq == entry.seq - 1]
    if before:
        return ChainFault(
            before[-1].name, f"was edited or replaced: {entry.name} names another state of it ({parent[:12]})"
        )
    return ChainFault(entry.name, f"names an entry before it that is missing ({parent[:12]})")


def parents(entry: Entry) -> list[str]:
    """Hashes of the entries that this one follows: one, none for the first, several where it joins a fork."""
    first = entry.record.previous
    return [*([first] if first else []), *entry.record.merges]


def heads(entries: Sequence[Entry]) -> list[Entry]:
    """Entries that no other follows: one, or several where branches were merged."""
    followed = {parent for entry in entries for parent in parents(entry)}
    return [entry for entry in entries if entry.hash not in followed]


def _forks(entries: Sequence[Entry]) -> list[ChainFault]:
    followers: dict[str, list[Entry]] = {}
    for entry in entries:
        for parent in parents(entry):
            followers.setdefault(parent, []).append(entry)
    names = {entry.hash: entry.name for entry in entries}
    return [
        ChainFault(
            names[parent], f"the chain is forked here: {', '.join(e.name for e in after)} all follow it", fatal=False
        )
        for parent, after in followers.items()
        if len(after) > 1 and parent in names
    ]


def latest(entries: Sequence[Entry], task: str) -> Entry | None:
    """The newest entry of a task."""
    return next((entry for entry in reversed(entries) if entry.task == task), None)
